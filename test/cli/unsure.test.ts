import { copyFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Adapter } from "../../src/training/adapter.ts";
import { readAdapter } from "../../src/training/node/read-adapter.ts";
import { saveAdapter } from "../../src/training/node/save-adapter.ts";
import { expectRefusal } from "../support/cli/expect-refusal.ts";
import { runRecorded } from "../support/cli/run-recorded.ts";
import { createWorkspace, type Workspace } from "../support/cli/workspace.ts";
import { writePictures } from "../support/cli/write-pictures.ts";

let work: Workspace;
let photos: string;
let plain: string;
let calibrated: string;

beforeAll(async () => {
  work = await createWorkspace();
  photos = work.path("photos");
  await writePictures(work.path("photos", "train"), { bird: 4, cat: 5, dog: 4 }, 1);
  await writePictures(work.path("photos", "test"), { bird: 3, cat: 3, dog: 3 }, 2);
  copyFileSync(work.path("photos", "train", "cat", "1.png"), work.path("photos", "test", "cat", "copy.png"));
  plain = work.path("plain.safetensors");
  calibrated = work.path("calibrated.safetensors");
  await train(plain);
  await train(calibrated, "--calibrate", "4");
});

afterAll(() => work.remove());

/** Runs a command that must succeed and gives its standard output. */
async function succeed(...argv: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await runRecorded(argv);
  expect(stderr).not.toContain("lamm:");
  expect(exitCode).toBe(0);
  return stdout;
}

const succeedJson = async (...argv: string[]) => JSON.parse(await succeed(...argv, "--json"));

const train = (out: string, ...flags: string[]) =>
  succeed("train", photos, "--model", work.model, "--epochs", "5", "--out", out, ...flags);

/** Writes the calibrated adapter with something changed. */
function writeChanged(name: string, change: (adapter: Adapter) => Partial<Adapter>): string {
  const adapter = readAdapter(calibrated);
  saveAdapter(work.path(name), { ...adapter, ...change(adapter) });
  return work.path(name);
}

const withThreshold = (name: string, threshold: number) =>
  writeChanged(name, ({ rejection }) => ({ ...(rejection && { rejection: { ...rejection, threshold } }) }));

describe("train --calibrate", () => {
  test("keeps what it found in the adapter, and tells it", async () => {
    const { calibration, rejection } = readAdapter(calibrated);
    expect(readAdapter(plain)).not.toHaveProperty("calibration");
    expect(calibration?.temperature).toBeGreaterThan(0);
    expect(rejection?.knownRejected).toBeCloseTo(1 / 14, 10);
    const result = await succeedJson(
      ...["train", photos, "--model", work.model, "--epochs", "5", "--out", work.path("json.safetensors")],
      ...["--calibrate", "4"],
    );
    expect(result).toMatchObject({ calibration, rejection, suspicious: expect.any(Array) });
    const text = await train(work.path("text.safetensors"), "--calibrate", "4");
    expect(text).toMatch(
      /^Calibrated: expected calibration error \d+\.\d % before, \d+\.\d % after \(temperature \d+\.\d\d\)\.$/m,
    );
    expect(text).toMatch(
      /^With --unknown, predict will reject about \d+\.\d % of pictures of other classes/m,
    );
  });

  test("is as deterministic as training", async () => {
    await train(work.path("again.safetensors"), "--calibrate", "4");
    expect(readAdapter(work.path("again.safetensors"))).toEqual(readAdapter(calibrated));
  });

  test("refuses folds that the smallest class cannot fill, before it trains", async () => {
    const argv = ["train", photos, "--model", work.model, "--out", calibrated, "--calibrate"];
    await expectRefusal(
      calibrated,
      runRecorded([...argv, "5"]),
      'folds: expected at least 5 pictures of each class, one for each fold, got 4 in class "bird": folds larger than the smallest class. Take fewer folds, or add pictures.',
    );
    const { stderr } = await runRecorded([...argv, "5"]);
    expect(stderr).not.toMatch(/^train /m);
    await expectRefusal(
      calibrated,
      runRecorded([...argv, "--shots", "1"]),
      "calibration: expected at least two pictures of each class, one of which is held out, got a class with one. Add pictures, or train without calibration.",
    );
  });
});

describe("predict", () => {
  const picture = () => work.path("photos", "test", "cat", "0.png");

  test("gives probabilities of the adapter's temperature", async () => {
    const raw = writeChanged("raw.safetensors", () => ({}));
    const temperature = readAdapter(raw).calibration?.temperature ?? 0;
    const cold = writeChanged("cold.safetensors", ({ calibration }) => ({
      ...(calibration && { calibration: { ...calibration, temperature: 1 } }),
    }));
    const oddsOf = async (adapter: string) => {
      const [{ guesses }] = (await succeedJson("predict", adapter, picture())).predictions;
      return { first: guesses[0].className, odds: Math.log(guesses[0].probability / guesses[1].probability) };
    };
    const [one, other] = [await oddsOf(raw), await oddsOf(cold)];
    expect(one.first).toBe(other.first);
    expect(one.odds).toBeCloseTo(other.odds / temperature, 6);
  });

  test("says none of these of pictures below the threshold, with the guesses behind it", async () => {
    const strict = withThreshold("strict.safetensors", 1e6);
    const guess = String.raw`[a-z]+ \d+\.\d %`;
    expect(await succeed("predict", strict, picture(), "--unknown", "--top", "2")).toMatch(
      new RegExp(`^[^:]+/cat/0\\.png: none of these \\(nearest: ${guess}, ${guess}\\)\\n$`),
    );
    const { predictions } = await succeedJson("predict", strict, picture(), "--unknown");
    expect(predictions).toMatchObject([{ path: picture(), unknown: true, guesses: { length: 3 } }]);
  });

  test("says what it is of pictures above it", async () => {
    const lenient = withThreshold("lenient.safetensors", -1e6);
    expect(await succeed("predict", lenient, picture(), "--unknown")).toBe(
      await succeed("predict", lenient, picture()),
    );
    const { predictions } = await succeedJson("predict", lenient, picture(), "--unknown");
    expect(predictions[0].unknown).toBe(false);
  });

  test("says nothing of it unless asked", async () => {
    const strict = withThreshold("unasked.safetensors", 1e6);
    expect(await succeed("predict", strict, picture())).not.toContain("none of these");
    expect((await succeedJson("predict", strict, picture())).predictions[0]).not.toHaveProperty("unknown");
  });

  test("refuses --unknown for an adapter that cannot tell, before the model is looked for", async () => {
    await expectRefusal(
      plain,
      runRecorded(["predict", plain, picture(), "--unknown", "--model", "none/of-that-name"]),
      `${plain}, unknown pictures: expected an adapter with a threshold for them, got one without. Train it with --calibrate.`,
    );
  });
});

describe("evaluate", () => {
  const duplicate = () => ({
    train: work.path("photos", "train", "cat", "1.png"),
    test: work.path("photos", "test", "cat", "copy.png"),
  });

  test("tells how far its numbers can be trusted", async () => {
    const result = await succeedJson("evaluate", calibrated, photos);
    const { calibration } = readAdapter(calibrated);
    expect(result).toMatchObject({ split: "test", total: 10 });
    for (const { accuracy, interval } of [result, result.zeroShot]) {
      expect(interval.lower).toBeLessThan(accuracy);
      expect(interval.upper).toBeGreaterThanOrEqual(accuracy);
    }
    expect(Object.keys(result.calibration)).toEqual(["errorBefore", "errorAfter", "temperature"]);
    expect(result.calibration.temperature).toBe(calibration?.temperature);
    expect(result.versusZeroShot.difference).toBeCloseTo(result.accuracy - result.zeroShot.accuracy, 10);
    expect(result.versusZeroShot.pValue).toBeLessThanOrEqual(result.versusZeroShot.exactPValue);
    expect(result.rejected).toBeGreaterThanOrEqual(0);
    const text = await succeed("evaluate", calibrated, photos);
    expect(text).toMatch(
      /^Adapter against zero-shot: [+-]\d+\.\d points \(95 % interval [+-]\d+\.\d to [+-]\d+\.\d, p [=<] 0\.\d+\)\.\nExpected calibration error \d+\.\d % before, \d+\.\d % after calibration \(temperature \d+\.\d\d\)\.\nWith --unknown, predict would reject \d+\.\d % of these pictures\.\n\n/m,
    );
  });

  test("counts as many rejected pictures as predict says none of these of", async () => {
    const { rejection } = readAdapter(calibrated);
    const middle = withThreshold("middle.safetensors", (rejection?.threshold ?? 0) * 1.1);
    const { rejected } = await succeedJson("evaluate", middle, photos);
    const { predictions } = await succeedJson("predict", middle, work.path("photos", "test"), "--unknown");
    const unknown = predictions.filter((prediction: { unknown: boolean }) => prediction.unknown);
    expect(rejected).toBe(unknown.length / 10);
  });

  test("without calibration there is the error as it is, and how to better it", async () => {
    const result = await succeedJson("evaluate", plain, photos);
    expect(Object.keys(result.calibration)).toEqual(["errorBefore"]);
    expect(result).not.toHaveProperty("rejected");
    expect(await succeed("evaluate", plain, photos)).toMatch(
      /^Expected calibration error \d+\.\d %; the adapter is not calibrated \(train --calibrate\)\.$/m,
    );
  });

  test("finds a test picture among the training pictures, and so does train", async () => {
    const { nearDuplicates } = await succeedJson("evaluate", plain, photos);
    expect(nearDuplicates.pairs).toContainEqual({ ...duplicate(), cosine: expect.closeTo(1, 6) });
    expect(nearDuplicates.total).toBeGreaterThanOrEqual(nearDuplicates.pairs.length);
    const warning = /^\d+ pairs of a training and a test picture look the same: accuracy may be too good\.$/m;
    const line = `  ${duplicate().train} and ${duplicate().test} (cosine 1.000)`;
    for (const text of [
      await succeed("evaluate", plain, photos),
      await train(work.path("duplicates.safetensors")),
    ]) {
      expect(text).toMatch(warning);
      expect(text).toContain(line);
    }
    const argv = ["train", photos, "--model", work.model, "--out", work.path("duplicates.safetensors")];
    expect((await succeedJson(...argv)).nearDuplicates).toEqual(nearDuplicates);
  });

  test("looks for none where nothing is held out", async () => {
    const all = work.path("photos", "train");
    const result = await succeedJson("evaluate", plain, all);
    expect(result.split).toBe("all");
    expect(result).not.toHaveProperty("nearDuplicates");
    expect(await succeed("evaluate", plain, all)).not.toContain("look the same");
  });

  test("compares pictures by the plain image tower, whatever prompts an adapter has for it", async () => {
    const maple = work.path("maple.safetensors");
    await succeed(
      ...["train", photos, "--model", work.model, "--method", "maple", "--epochs", "1", "--out", maple],
    );
    expect(readAdapter(maple).imagePrompts?.length).toBeGreaterThan(0);
    const { nearDuplicates, zeroShot } = await succeedJson("evaluate", maple, photos);
    const beside = await succeedJson("evaluate", plain, photos);
    expect(nearDuplicates).toEqual(beside.nearDuplicates);
    expect(zeroShot).toEqual(beside.zeroShot);
  });
});
