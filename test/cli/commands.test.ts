import { cpSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readAdapter } from "../../src/training/node/read-adapter.ts";
import { runRecorded } from "../support/cli/run-recorded.ts";
import { createWorkspace, type Workspace } from "../support/cli/workspace.ts";
import { writePictures } from "../support/cli/write-pictures.ts";

let work: Workspace;
let photos: string;
let plain: string;

beforeAll(async () => {
  work = await createWorkspace();
  photos = work.path("photos");
  plain = work.path("plain");
  await writePictures(work.path("photos", "train"), { big_bird: 5, cat: 5, dog: 5 }, 1);
  await writePictures(work.path("photos", "test"), { big_bird: 4, cat: 4, dog: 4 }, 2);
  await writePictures(plain, { cat: 4, dog: 4 }, 3);
});

afterAll(() => work.remove());

/** Runs a command that must succeed. */
async function succeed(...argv: string[]) {
  const record = await runRecorded(argv);
  expect(record.stderr).not.toContain("lamm:");
  expect(record.exitCode).toBe(0);
  return record;
}

/** Trains an adapter and gives its path. */
async function train(name: string, folder: string, ...flags: string[]): Promise<string> {
  const out = work.path(name);
  await succeed("train", folder, "--model", work.model, "--out", out, ...flags);
  return out;
}

/** A random image tower takes different pictures of one colour for the same. */
const withoutDuplicates = (stdout: string) => stdout.replace(/^\d+ pairs of .*\n(?: {2}.*and .*\n)+/m, "");

const isShare = (value: number) => value >= 0 && value <= 1;

test("train writes an adapter, tells what it is worth and what to do with it", async () => {
  const out = work.path("story.safetensors");
  const { stdout, stderr } = await succeed("train", photos, "--model", work.model, "--out", out);
  expect(
    withoutDuplicates(stdout)
      .replace(/in \d+\.\d s/, "in 1.0 s")
      .replace(/\d\.\d kB/, "2.5 kB")
      .replace(/\d+\.\d %/g, "50.0 %"),
  ).toBe(
    [
      "Learned 3 classes from 15 pictures in 1.0 s.",
      `Wrote ${out} (2.5 kB).`,
      "Test accuracy 50.0 %, CLIP by names alone 50.0 %.",
      "",
      "Try it:",
      `  lamm predict ${out} <picture>...`,
      `  lamm evaluate ${out} ${photos}`,
      "",
    ].join("\n"),
  );
  expect(stderr).toMatch(/^encode pictures 100 % \(15 of 15\)\ntrain /);
  expect(readdirSync(work.folder).filter((name) => name.includes("story"))).toEqual(["story.safetensors"]);
});

test("train gives the same as JSON", async () => {
  const out = work.path("json.safetensors");
  const { stdout } = await succeed("train", photos, "--model", work.model, "--out", out, "--json");
  const result = JSON.parse(stdout);
  expect(result).toMatchObject({
    adapter: out,
    method: "lamm",
    model: work.model,
    classes: ["big bird", "cat", "dog"],
    pictures: 15,
    unreadable: [],
    config: { seed: 1, schedule: "fast", views: 1, template: "a photo of a {}." },
    bytes: readFileSync(out).length,
    evaluation: { split: "test" },
  });
  expect(result.seconds).toBeGreaterThan(0);
  expect(result.textTowerPasses).toBeGreaterThan(0);
  const { accuracy, zeroShot } = result.evaluation;
  expect(isShare(accuracy) && isShare(zeroShot.accuracy)).toBe(true);
  expect(accuracy).toBeGreaterThan(zeroShot.accuracy);
});

test("on a terminal each part of the work has a line that is redrawn and ended", async () => {
  const argv = ["train", photos, "--model", work.model, "--out", work.path("terminal.safetensors")];
  const { stderr, stdout } = await runRecorded(argv, { isTerminal: true, columns: 70 });
  const lines = stderr.split("\n").map((line) => line.split("\r"));
  expect(lines.map((redrawn) => redrawn.at(-1)?.split(" ")[0])).toEqual(["encode", "train", "encode", ""]);
  for (const text of lines.slice(0, -1).flatMap((redrawn) => redrawn.slice(1))) {
    expect(text.endsWith("\x1b[K")).toBe(true);
    expect(text.length - "\x1b[K".length).toBeLessThan(70);
  }
  expect(stdout).not.toContain("\r");
});

test("train says nothing of accuracy where there is nothing to test on", async () => {
  const argv = ["train", plain, "--model", work.model, "--out", work.path("untested.safetensors")];
  const { stdout } = await succeed(...argv);
  expect(stdout).not.toContain("accuracy");
  expect(JSON.parse((await succeed(...argv, "--json")).stdout)).not.toHaveProperty("evaluation");
});

test("a val folder is tested on where there is no test folder", async () => {
  const folder = work.path("with-val");
  cpSync(work.path("photos", "train"), work.path("with-val", "train"), { recursive: true });
  cpSync(work.path("photos", "test"), work.path("with-val", "val"), { recursive: true });
  const out = work.path("val.safetensors");
  const { stdout } = await succeed("train", folder, "--model", work.model, "--out", out);
  expect(stdout).toMatch(/^Validation accuracy \d+\.\d %, CLIP by names alone \d+\.\d %\.$/m);
  const evaluation = JSON.parse((await succeed("evaluate", out, folder, "--json")).stdout);
  expect(evaluation).toMatchObject({ split: "val", total: 12 });
});

test("evaluate prints accuracy by class beside that of CLIP, of the test part alone", async () => {
  const adapter = await train("evaluated.safetensors", photos);
  const { stdout } = await succeed("evaluate", adapter, photos);
  const share = String.raw` +\d+\.\d % +\d+\.\d %`;
  const range = String.raw` +\d+\.\d - \d+\.\d %`.repeat(2);
  expect(stdout).toMatch(
    new RegExp(
      `^ +adapter +zero-shot\naccuracy${share}\n95 % interval${range}\n\nbig bird${share}\ncat${share}\ndog${share}\n`,
    ),
  );
  const result = JSON.parse((await succeed("evaluate", adapter, photos, "--json")).stdout);
  expect(result).toMatchObject({
    adapter,
    split: "test",
    classNames: ["big bird", "cat", "dog"],
    total: 12,
    unreadable: [],
  });
  expect(result.accuracy).toBe(result.correct / 12);
  expect(result.accuracy).toBeGreaterThan(result.zeroShot.accuracy);
  expect(isShare(result.accuracy) && isShare(result.zeroShot.accuracy)).toBe(true);
  expect(result.perClass.map(({ total }: { total: number }) => total)).toEqual([4, 4, 4]);
  const counts: number[] = result.confusion.map(({ count }: { count: number }) => count);
  expect(counts.reduce((sum, count) => sum + count)).toBe(12);
});

test("evaluate takes all of a folder that is not divided, and one with fewer classes", async () => {
  const adapter = await train("all.safetensors", photos);
  const result = JSON.parse((await succeed("evaluate", adapter, plain, "--json")).stdout);
  expect(result).toMatchObject({ split: "all", total: 8 });
  expect(result.perClass[0]).toEqual({ accuracy: null, total: 0 });
  expect((await succeed("evaluate", adapter, plain)).stdout).toMatch(/^big bird +- +-$/m);
});

test("zero-shot is what evaluate shows beside the adapter", async () => {
  const adapter = await train("beside.safetensors", photos);
  const beside = JSON.parse((await succeed("evaluate", adapter, photos, "--json")).stdout).zeroShot;
  const argv = ["zero-shot", photos, "--model", work.model];
  const result = JSON.parse((await succeed(...argv, "--json")).stdout);
  expect(result).toMatchObject({
    ...beside,
    model: work.model,
    templates: ["a photo of a {}."],
    split: "test",
  });
  expect((await succeed(...argv)).stdout).toMatch(
    /^ +zero-shot\naccuracy +\d+\.\d %\n95 % interval .*\n\nbig bird /,
  );
  const ensemble = await succeed(...argv, "--template", "a {}.", "the {}", "--json");
  expect(JSON.parse(ensemble.stdout).templates).toEqual(["a {}.", "the {}"]);
});

test("predict gives the most probable classes of pictures and folders", async () => {
  const adapter = await train("predicting.safetensors", photos);
  const cat = work.path("photos", "test", "cat");
  const picture = work.path("plain", "dog", "0.png");
  const { stdout } = await succeed("predict", adapter, cat, picture, "--top", "2");
  const lines = stdout.trimEnd().split("\n");
  expect(lines.map((line) => line.replace(/:.*/, ""))).toEqual([
    ...[0, 1, 2, 3].map((index) => work.path("photos", "test", "cat", `${index}.png`)),
    picture,
  ]);
  for (const line of lines) expect(line).toMatch(/: [a-z ]+ \d+\.\d %, [a-z ]+ \d+\.\d %$/);
  const { predictions, unreadable } = JSON.parse(
    (await succeed("predict", adapter, picture, "--json")).stdout,
  );
  expect(unreadable).toEqual([]);
  expect(predictions).toHaveLength(1);
  expect(predictions[0].path).toBe(picture);
  expect(predictions[0].guesses.map(({ className }: { className: string }) => className)).toContain("dog");
  const probabilities = predictions[0].guesses.map(({ probability }: { probability: number }) => probability);
  expect(probabilities.reduce((sum: number, value: number) => sum + value)).toBeCloseTo(1, 6);
  expect(probabilities).toEqual(probabilities.toSorted((a: number, b: number) => b - a));
});

test("the same command gives the same bytes, with the cache and without; another seed others", async () => {
  const flags = ["--shots", "2", "--views", "3", "--schedule", "published", "--epochs", "3"];
  const read = async (name: string, ...more: string[]) =>
    readFileSync(await train(name, photos, ...flags, ...more)).toString("hex");
  const first = await read("one.safetensors");
  expect(await read("two.safetensors")).toBe(first);
  expect(await read("three.safetensors", "--no-cache")).toBe(first);
  expect(await read("four.safetensors", "--seed", "0")).not.toBe(first);
});

test("flags reach the adapter's configuration, a seed of 0 too", async () => {
  const adapter = readAdapter(
    await train(
      "flags.safetensors",
      photos,
      ...["--seed", "0", "--shots", "2", "--views", "3", "--schedule", "published", "--epochs", "2"],
      ...["--template", "the {}", "--tokens", "1", "--init", "random", "--loss-features", "0.5"],
      ...["--loss-parameters", "0.25", "--loss-logits", "0", "--loss-temperature", "3"],
    ),
  );
  expect(adapter.template).toBe("the {}");
  expect(adapter.config).toEqual({
    method: "lamm",
    seed: 0,
    shots: 2,
    views: 3,
    schedule: "published",
    epochs: 2,
    template: "the {}",
    tokens: 1,
    initialisation: "random",
    loss: { parameters: 0.25, features: 0.5, logits: 0, temperature: 3 },
  });
});

test("flags of the published schedule are refused without it, before a model is looked for", async () => {
  for (const [flag, name] of [
    ["--learning-rate", "learningRate"],
    ["--batch-size", "batchSize"],
  ] as const) {
    const argv = ["train", plain, "--model", work.path("nowhere"), flag, "5"];
    expect(await runRecorded(argv)).toMatchObject({
      exitCode: 1,
      stderr:
        `lamm: training configuration, ${name}: expected none with the fast schedule, as it is of the published one, got 5. ` +
        'Leave it out, or add --schedule published (in a program, schedule: "published").\n',
    });
  }
});

test("without the hierarchical loss all its weights are 0", async () => {
  const { config } = readAdapter(await train("cross-entropy.safetensors", plain, "--no-hierarchical-loss"));
  expect(config.loss).toEqual({ parameters: 0, features: 0, logits: 0, temperature: 2 });
});

test("features are kept in the cache, or not where that is asked for", async () => {
  const argv = ["zero-shot", plain, "--model", work.model];
  const file = work.path("another-cache", "features.sqlite");
  process.env.LAMM_CACHE = work.path("another-cache");
  try {
    await succeed(...argv, "--no-cache");
    expect(existsSync(file)).toBe(false);
    await succeed(...argv);
    expect(existsSync(file)).toBe(true);
  } finally {
    process.env.LAMM_CACHE = work.cache;
  }
});
