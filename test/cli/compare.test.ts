import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { clipShapes } from "../../scripts/random-checkpoint/clip-shapes.ts";
import { writeRandomCheckpoint } from "../../scripts/random-checkpoint/write-random-checkpoint.ts";
import { readAdapter } from "../../src/training/node/read-adapter.ts";
import { runRecorded } from "../support/cli/run-recorded.ts";
import { createWorkspace, type Workspace } from "../support/cli/workspace.ts";
import { writePictures } from "../support/cli/write-pictures.ts";
import { testTokenizerJson } from "../support/test-tokenizer.ts";

let work: Workspace;
let photos: string;
let plain: string;

beforeAll(async () => {
  work = await createWorkspace();
  photos = work.path("photos");
  plain = work.path("plain");
  await writePictures(work.path("photos", "train"), { bird: 4, cat: 4, dog: 4 }, 1);
  await writePictures(work.path("photos", "test"), { bird: 3, cat: 3, dog: 3 }, 2);
  await writePictures(plain, { bird: 5, cat: 4, dog: 5 }, 3);
});

afterAll(() => work.remove());

const compare = (folder: string, ...flags: string[]) =>
  runRecorded(["compare", folder, "--model", work.model, ...flags]);

test("on a test folder: a row for each method, and the best one's adapter", async () => {
  const out = work.path("best.safetensors");
  const { stdout, exitCode } = await compare(photos, "--methods", "lamm,maple", "--shots", "2", "--out", out);
  expect(exitCode).toBe(0);
  expect(
    stdout
      .replace(/\d+\.\d/g, "1.0")
      .replace(/\(\d+-\d+\)/g, "(1-99)")
      .replace(/ +/g, " "),
  ).toMatch(
    /^ test training adapter\nzero-shot 1\.0 % \(1-99\)\nlamm 1\.0 % \(1-99\) 1\.0 s 1\.0 kB\nmaple 1\.0 % \(1-99\) 1\.0 s 1\.0 kB\n/,
  );
  expect(stdout).toContain("chosen by its test pictures, so its accuracy there is a little too good.");
  const winner = readAdapter(out);
  expect(["lamm", "maple"]).toContain(winner.method);
  expect(winner.calibration).toBeUndefined();
  const evaluated = await runRecorded(["evaluate", out, photos, "--json"]);
  const shown = new RegExp(`${winner.method} +(\\d+\\.\\d) %`).exec(stdout)?.[1];
  expect((100 * JSON.parse(evaluated.stdout).accuracy).toFixed(1)).toBe(shown);
});

test("without one: by cross-validation, and the winner is calibrated", async () => {
  const out = work.path("folds.safetensors");
  const { stdout } = await compare(plain, "--methods", "lamm,coop+lamm", "--out", out, "--json");
  const { results, folds, split, winner, zeroShot } = JSON.parse(stdout);
  // The smallest class has four pictures.
  expect([folds, split]).toEqual([4, "all"]);
  expect(results.map(({ method }: { method: string }) => method)).toEqual(["lamm", "coop+lamm"]);
  for (const { crossValidation, seconds, bytes, test: onTest } of results) {
    expect(crossValidation.total).toBe(14);
    expect(crossValidation.accuracy).toBeCloseTo(crossValidation.correct / 14, 10);
    expect(crossValidation.interval.lower).toBeLessThanOrEqual(crossValidation.accuracy);
    expect(seconds).toBeGreaterThan(0);
    expect(bytes).toBeGreaterThan(1000);
    expect(onTest).toBeUndefined();
  }
  expect(zeroShot.total).toBe(14);
  const most = Math.max(
    ...results.map((result: { crossValidation: { accuracy: number } }) => result.crossValidation.accuracy),
  );
  const best = results.find(({ method }: { method: string }) => method === winner.method);
  expect(best.crossValidation.accuracy).toBe(most);
  expect(readAdapter(out).calibration).toEqual(winner.calibration);
});

test("one picture of each class cannot be cross-validated, which is said before anything is encoded", async () => {
  const { exitCode, stdout, stderr } = await compare(plain, "--methods", "gda", "--shots", "1");
  expect([exitCode, stdout]).toEqual([1, ""]);
  expect(stderr).toMatch(/^lamm: folds: expected at least 2 pictures of each class, .*got 1 in class "bird"/);
});

test("Ctrl-C says what is kept and how to go on", async () => {
  const argv = [
    "compare",
    plain,
    "--model",
    work.model,
    "--methods",
    "gda",
    "--out",
    work.path("stopped.safetensors"),
  ];
  const { exitCode, stderr } = await runRecorded(argv, { onListening: (interrupt) => interrupt() });
  expect(exitCode).toBe(130);
  expect(stderr).toContain(
    `Stopped. Methods that were measured are kept; to go on:\n  lamm compare ${plain}`,
  );
});

test("a method that is named twice runs once", async () => {
  const out = work.path("twice.safetensors");
  const { stdout } = await compare(photos, "--methods", "gda,gda", "--out", out, "--json");
  expect(JSON.parse(stdout).results).toHaveLength(1);
});

test("with a test folder and folds both are shown, and the folds choose", async () => {
  const out = work.path("both.safetensors");
  const { stdout } = await compare(photos, "--methods", "lamm", "--folds", "2", "--out", out);
  expect(stdout.replace(/ +/g, " ")).toMatch(/^ 2 folds test training adapter\nzero-shot/);
  expect(stdout).toContain("chosen by cross-validation.");
  expect(stdout).toContain("Calibrated: expected calibration error");
});

test("a method that cannot run is listed with its reason, and the others go on", async () => {
  const resnet = work.path("resnet");
  mkdirSync(resnet);
  writeFileSync(join(resnet, "tokenizer.json"), testTokenizerJson);
  await writeRandomCheckpoint({
    folder: resnet,
    config: clipShapes["tiny-rn"],
    layout: "openai",
    dtype: "float32",
    seed: 1,
  });
  const out = work.path("rn.safetensors");
  const { stdout, exitCode } = await runRecorded([
    ...["compare", photos, "--model", resnet, "--methods", "maple,lamm", "--out", out],
  ]);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(
    /maple +not run: needs a model that it can run on; got it prompts a vision transformer, and this model's image tower is a ResNet\n/,
  );
  expect(readAdapter(out).method).toBe("lamm");
  const alone = await runRecorded([
    "compare",
    photos,
    "--model",
    resnet,
    "--methods",
    "maple",
    "--out",
    work.path("no"),
  ]);
  expect(alone.stdout).toContain("No method could run.");
  expect(alone.exitCode).toBe(1);
  expect(existsSync(work.path("no"))).toBe(false);
});

test.each([
  [["--methods", "lamm,gadget"], "lamm: method: expected one of lamm, "],
  [["--folds", "5"], "folds: expected at least 5 pictures of each class"],
  [["--template", "a photo"], 'lamm: template "a photo": expected one "{}"'],
])("%j is refused before any method is trained", async (flags, message) => {
  const { exitCode, stdout, stderr } = await compare(
    photos,
    "--methods",
    "lamm",
    ...flags,
    "--out",
    work.path("x"),
  );
  expect(stderr).toContain(message);
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
  rmSync(work.path("x"), { force: true });
});

test("Ctrl-C ends it without an adapter, and the same command goes on with the next method", async () => {
  const [out, whole] = [work.path("stopped.safetensors"), work.path("whole.safetensors")];
  const argv = ["compare", photos, "--model", work.model, "--methods", "lamm,coop+lamm"];
  let interrupt = () => {};
  const stopped = await runRecorded([...argv, "--folds", "2", "--out", out], {
    isTerminal: true,
    onListening: (stop) => {
      interrupt = stop;
    },
    onStderr: (text) => {
      if (text.includes("coop+lamm")) interrupt();
    },
  });
  expect(stopped.exitCode).toBe(130);
  expect(stopped.stderr).toContain("Methods that were measured are kept");
  expect(stopped.stderr).toContain("to go on:");
  expect(existsSync(out)).toBe(false);
  expect(existsSync(`${out}.checkpoint`)).toBe(true);

  const again = await runRecorded([...argv, "--folds", "2", "--out", out, "--json"]);
  expect(again.exitCode).toBe(0);
  expect(existsSync(`${out}.checkpoint`)).toBe(false);
  await runRecorded([...argv, "--folds", "2", "--out", whole]);
  expect(readFileSync(out)).toEqual(readFileSync(whole));
  const { results } = JSON.parse(again.stdout);
  expect(results.map(({ method }: { method: string }) => method)).toEqual(["lamm", "coop+lamm"]);
});
