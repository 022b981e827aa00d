import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeSafetensors } from "../../src/clip/checkpoint/write-safetensors.ts";
import type { PromptMethodDefinition } from "../../src/methods/method.ts";
import { findMethod } from "../../src/methods/methods.ts";
import { openModel } from "../../src/tasks/open-model.ts";
import { readFloat32 } from "../../src/tensor/node/read-tensor.ts";
import { createTensor, type Tensor } from "../../src/tensor/tensor.ts";
import type { Adapter } from "../../src/training/adapter.ts";
import { parseAdapter } from "../../src/training/adapter-file.ts";
import { classRowCounts, rowsOfClass } from "../../src/training/class-parameters.ts";
import { createPromptMethod } from "../../src/training/fit-prompts.ts";
import { readAdapter } from "../../src/training/node/read-adapter.ts";
import { saveAdapter } from "../../src/training/node/save-adapter.ts";
import { PromptObjective } from "../../src/training/prompt-objective.ts";
import { type PromptTrainConfig, resolveTrainConfig } from "../../src/training/train-config.ts";
import { checkCloseToLargest } from "../support/check-close.ts";
import { expectRefusal } from "../support/cli/expect-refusal.ts";
import { runRecorded } from "../support/cli/run-recorded.ts";
import { createWorkspace, type Workspace } from "../support/cli/workspace.ts";
import { writePictures } from "../support/cli/write-pictures.ts";
import { seededTensor } from "../support/seeded-tensor.ts";
import { FLOAT32_CHAIN } from "../support/tolerances.ts";

let work: Workspace;
let old: string;
let added: string;
let oldTest: string;

beforeAll(async () => {
  work = await createWorkspace();
  old = await writePictures(work.path("old"), { cat: 4, at_dog: 4 }, 1);
  oldTest = await writePictures(work.path("old-test"), { cat: 3, at_dog: 3 }, 2);
  await writePictures(work.path("new", "train"), { of_at_cat: 4, dog: 4 }, 3);
  await writePictures(work.path("new", "test"), { of_at_cat: 3, dog: 3 }, 4);
  added = work.path("new");
});

afterAll(() => work.remove());

const run = (...argv: string[]) => runRecorded(argv);

async function succeed(...argv: string[]) {
  const record = await run(...argv);
  expect(record).toMatchObject({ exitCode: 0 });
  return record;
}

async function train(name: string, ...flags: string[]): Promise<string> {
  const out = work.path(`${name}.safetensors`);
  await succeed("train", old, "--model", work.model, "--out", out, ...flags);
  return out;
}

/** Text features of an adapter's classes, from what it says of their prompts. */
async function encodeAgain(adapter: Adapter) {
  const { clip, runtime } = await openModel({ model: work.model });
  const { loss: _, ...given } = adapter.config;
  const config = resolveTrainConfig(given) as PromptTrainConfig;
  const definition = findMethod(adapter.method) as PromptMethodDefinition;
  const { classNames } = adapter;
  const tokenCounts = classRowCounts(adapter, "token_classes");
  const method = createPromptMethod(definition, config, { clip, classNames, readFloat32, tokenCounts });
  const objective = new PromptObjective({
    ...{ runtime, clip, method, logitScale: adapter.logitScale },
    tower: { config: clip.config.text, weights: clip.weights.text },
    lossWeights: { parameters: 0, features: 0, logits: 0, temperature: 1 },
  });
  const parameters = Object.entries(adapter.parameters).map(([name, { data }]) => [name, data] as const);
  const features = await objective.encode(Object.fromEntries(parameters));
  await objective.release();
  return features;
}

const cases: readonly (readonly [string, readonly string[]])[] = [
  ["lamm", []],
  ["lamm", ["--tokens", "all"]],
  ["coop", ["--epochs", "2"]],
  ["coop", ["--class-context", "--epochs", "2"]],
  ["coop+lamm", ["--epochs", "3"]],
  ["coop+lamm", ["--class-context", "--epochs", "3"]],
  ["cocoop", ["--epochs", "1"]],
  ["cocoop+lamm", ["--epochs", "1"]],
  ["maple", ["--epochs", "1"]],
  ["maple+lamm", ["--epochs", "1"]],
];

describe.each(cases)("classes that join %s %j", (method, flags) => {
  test("come behind the others, whose numbers stay, and leave again", async () => {
    const path = await train("joined", "--method", method, ...flags);
    const before = readAdapter(path);
    const { stdout, stderr } = await succeed("add", path, added, "--old-test", oldTest, "--json");
    expect(stderr).not.toContain("lamm:");
    const after = readAdapter(path);
    const conditional = method.startsWith("cocoop");
    const trains = method.endsWith("+lamm") || method === "lamm" || flags.includes("--class-context");
    expect(JSON.parse(stdout)).toMatchObject({
      adapter: path,
      method,
      classes: ["at dog", "cat", "dog", "of at cat"],
      added: ["dog", "of at cat"],
      trained: trains,
      negatives: trains && !conditional ? "old" : "none",
      pictures: trains ? 8 : 0,
      notMeasured: [],
      accuracy: { old: { total: 6 }, added: { total: 6 }, union: { total: 12 } },
    });
    for (const key of ["textFeatures", "originalTextFeatures"] as const) {
      const { data = new Float32Array() } = before[key] ?? {};
      expect(after[key]?.shape[0]).toBe(before[key] && 4);
      expect(after[key]?.data.slice(0, data.length) ?? data).toEqual(data);
    }
    for (const [name, tensor] of Object.entries(before.parameters)) {
      if (rowsOfClass(before, name, 0) === undefined) expect(after.parameters[name]).toEqual(tensor);
      for (const c of [0, 1]) expect(rowsOfClass(after, name, c)).toEqual(rowsOfClass(before, name, c));
    }
    expect(after.imagePrompts).toEqual(before.imagePrompts);
    expect(after.config).toEqual(before.config);
    expect(after.additions).toHaveLength(1);
    expect(existsSync(`${path}.checkpoint`)).toBe(false);
    await succeed("evaluate", path, oldTest);
    if (after.textFeatures) {
      checkCloseToLargest(await encodeAgain(after), after.textFeatures, FLOAT32_CHAIN, "text features");
    }

    await succeed("remove", path, "#3");
    await succeed("remove", path, "dog");
    const { additions: _, ...removed } = readAdapter(path);
    expect(removed).toEqual(before);
  });
});

test("where nothing is trained one class joins by its name, and what is not measured is said", async () => {
  const path = await train("again", "--method", "coop", "--epochs", "2");
  const single = await writePictures(work.path("single"), { cat_at: 2 }, 5);
  const { stdout } = await succeed("add", path, single);
  expect(stdout).toContain(
    'Added "cat at" to 2 classes by their names alone: all that this adapter learned is shared by its classes',
  );
  expect(stdout).toContain("Old classes were not measured: give pictures of them with --old-test.\n");
  expect(stdout).toContain(
    "New classes were not measured: the folder has no test or val part beside train.\n",
  );
  expect(stdout).not.toContain("before");
});

test("one class joins with old negatives, and a table tells what it did", async () => {
  const path = await train("one");
  await writePictures(work.path("bird", "train"), { bird: 3 }, 6);
  await writePictures(work.path("bird", "test"), { bird: 3 }, 7);
  const out = work.path("one-more.safetensors");
  const bytes = readFileSync(path);
  const { stdout } = await succeed(
    "add",
    path,
    work.path("bird"),
    "--old-test",
    oldTest,
    "--out",
    out,
    "--shots",
    "2",
  );
  const share = String.raw`\s+\d+\.\d %\s+\d+\.\d %\s+`;
  expect(stdout).toMatch(
    new RegExp(
      `^Added "bird" to 2 classes from 2 pictures in \\d+\\.\\d s, with the old ones to be told from\\.\nWrote ${out} .*\n\n` +
        `\\s+before\\s+after\\s+pictures\nold classes${share}6\nnew classes${share}3\nall classes${share}9\n`,
    ),
  );
  expect(readFileSync(path).equals(bytes)).toBe(true);
  expect(readAdapter(out)).toMatchObject({
    classNames: ["at dog", "cat", "bird"],
    additions: [
      { classes: ["bird"], negatives: "old", pictures: 2, config: { shots: 2, seed: 1, method: "lamm" } },
    ],
  });
});

test("the same command gives the same bytes, and negatives others", async () => {
  const path = await train("twice");
  const add = async (name: string, ...flags: string[]) => {
    await succeed("add", path, added, "--out", work.path(name), ...flags);
    return readFileSync(work.path(name)).toString("hex");
  };
  const first = await add("first.safetensors");
  expect(await add("second.safetensors")).toBe(first);
  expect(await add("third.safetensors", "--negatives", "none")).not.toBe(first);
});

describe("what the new classes are learned by", () => {
  const configOf = (path: string) => readAdapter(path).additions?.at(-1)?.config;

  test("is the adapter's own, but for l1, which goes with the number of pictures", async () => {
    const path = await train("settings", "--epochs", "3", "--loss-features", "0.5", "--seed", "0");
    await succeed("add", path, added, "--shots", "2");
    expect(configOf(path)).toMatchObject({ epochs: 3, seed: 0, shots: 2, schedule: "fast" });
    expect(configOf(path)?.loss).toEqual({
      parameters: 0.25 / 2,
      features: 0.5,
      logits: 0.05,
      temperature: 2,
    });
  });

  test("has an l1 that was given, to the next classes and to those after", async () => {
    const path = await train("weighted", "--epochs", "3", "--loss-parameters", "7");
    await succeed("add", path, added, "--shots", "2");
    expect(configOf(path)?.loss).toMatchObject({ parameters: 7 });
    const more = await writePictures(work.path("more"), { of: 2 }, 10);
    await succeed("add", path, more, "--schedule", "published", "--epochs", "1");
    expect(configOf(path)?.loss).toMatchObject({ parameters: 7 });
  });

  test("has nothing that the adapter recorded without effect", async () => {
    const path = await train("without-effect", "--epochs", "3");
    const adapter = readAdapter(path);
    saveAdapter(path, { ...adapter, config: { ...adapter.config, batchSize: 1, learningRate: 5 } });
    await succeed("evaluate", path, oldTest);
    await succeed("add", path, added);
    expect(configOf(path)).toMatchObject({ epochs: 3, schedule: "fast" });
    expect(configOf(path)).not.toHaveProperty("batchSize");
    expect(configOf(path)).not.toHaveProperty("learningRate");
  });

  test("has no numbers of another schedule, and no l1 where the adapter had none", async () => {
    const path = await train("cross-entropy", "--epochs", "3", "--no-hierarchical-loss");
    await succeed("add", path, added, "--schedule", "published", "--seed", "4");
    expect(configOf(path)).toMatchObject({ seed: 4, schedule: "published" });
    expect(configOf(path)).not.toHaveProperty("epochs");
    expect(configOf(path)?.loss).toMatchObject({ parameters: 0, features: 0, logits: 0 });
  });
});

test("files of features do as well, with one class too", async () => {
  const path = await train("features");
  const draw = seededTensor(1);
  const write = (name: string, names: readonly string[], part: string) => {
    const file = work.path(`${name}.safetensors`);
    const labels = BigInt64Array.from(Array.from({ length: 4 }, (_, row) => BigInt(row % names.length)));
    const tensors = new Map<string, Tensor>([
      ["train.features", draw([4, 32], 1)],
      ["train.labels", createTensor("int64", [4], labels)],
      [`${part}.features`, draw([4, 32], 1)],
      [`${part}.labels`, createTensor("int64", [4], labels)],
    ]);
    writeFileSync(file, Buffer.concat(writeSafetensors(tensors, new Map())));
    writeFileSync(work.path(`${name}.json`), JSON.stringify(names));
    return file;
  };
  const single = write("single", ["bird"], "test");
  const olds = write("olds", ["cat", "at dog"], "val");
  const { stdout } = await succeed("add", path, single, "--old-test", olds, "--json");
  expect(JSON.parse(stdout)).toMatchObject({
    classes: ["at dog", "cat", "bird"],
    pictures: 4,
    accuracy: { old: { total: 4 }, added: { total: 4 }, union: { total: 8 } },
  });
});

test("Ctrl-C leaves the adapter as it is, and the next run goes on", async () => {
  const flags = ["--schedule", "published", "--epochs", "30"];
  const path = await train("stopped");
  const bytes = readFileSync(path);
  const argv = ["add", path, added, ...flags];
  let interrupt = () => {};
  const stopped = await runRecorded(argv, {
    isTerminal: true,
    onListening: (press) => {
      interrupt = press;
    },
    onStderr: (text) => {
      if (text.includes("train ")) interrupt();
    },
  });
  expect(stopped).toMatchObject({ exitCode: 130, stdout: "" });
  expect(stopped.stderr).toContain("Stopped. What is done is kept; to go on:\n  lamm add ");
  expect(readFileSync(path).equals(bytes)).toBe(true);
  expect(existsSync(`${path}.checkpoint`)).toBe(true);
  await succeed(...argv);
  expect(existsSync(`${path}.checkpoint`)).toBe(false);
  const resumed = readFileSync(path);
  saveAdapter(path, parseAdapter("old", bytes));
  await succeed(...argv);
  expect(readFileSync(path).equals(resumed)).toBe(true);
});

test("a calibration goes, with a notice", async () => {
  const path = await train("calibrated", "--calibrate", "2");
  expect(readAdapter(path).calibration).toBeDefined();
  const notice = "lamm: the adapter's calibration was measured with other classes, and was dropped;";
  const out = work.path("uncalibrated.safetensors");
  expect((await succeed("add", path, added, "--out", out)).stderr).toContain(notice);
  expect(readAdapter(out)).not.toHaveProperty("calibration");
  const renamed = work.path("renamed.safetensors");
  expect((await succeed("rename", path, "cat", "tiger", "--out", renamed)).stderr).toBe("");
  expect(readAdapter(renamed).calibration).toEqual(readAdapter(path).calibration);
});

test("what a conditional adapter says does not change with a name", async () => {
  const path = await train("conditional", "--method", "cocoop+lamm", "--epochs", "1");
  const predict = async () =>
    JSON.parse((await succeed("predict", path, oldTest, "--json")).stdout).predictions.map(
      ({ guesses }: { guesses: { label: number; probability: number }[] }) =>
        guesses.map(({ label, probability }) => [label, probability]),
    );
  const before = await predict();
  const { stdout } = await succeed("rename", path, "at dog", "of of of");
  expect(stdout).toMatch(/^"at dog" is called "of of of" now\.\nWrote /);
  expect(await predict()).toEqual(before);
  await succeed("add", path, added);
  expect(readAdapter(path).promptNames).toEqual(["at dog", "cat", "dog", "of at cat"]);
});

test("folders go by the new name of a class and by its old one", async () => {
  const path = await train("by-old-name");
  await succeed("rename", path, "at dog", "hound");
  const correct = async (folder: string) =>
    JSON.parse((await succeed("evaluate", path, folder, "--json")).stdout).correct;
  const renamed = await writePictures(work.path("renamed-test"), { cat: 3, hound: 3 }, 2);
  expect(await correct(oldTest)).toBe(await correct(renamed));
  const { stdout } = await succeed("add", path, added, "--old-test", oldTest, "--json");
  expect(JSON.parse(stdout).accuracy.old).toMatchObject({ total: 6 });
});

describe("refusals in a line", () => {
  test("names that are there, other models, other methods, nothing to be told from", async () => {
    const folder = work.path("refused");
    const path = work.path("refused", "a.safetensors");
    await writePictures(folder, {}, 1);
    await succeed("train", old, "--model", work.model, "--out", path);
    const refuses = (message: string | RegExp, ...argv: string[]) =>
      expectRefusal(path, run(...argv), message);
    await refuses(
      'new classes: expected names that the adapter does not have yet, got "at dog", "cat". Leave these folders out',
      ...["add", path, old],
    );
    const single = await writePictures(work.path("alone"), { of: 2 }, 8);
    await refuses(
      'class "of": expected at least two new classes, which learn to be told from each other, got one, and no negatives. Take "old" negatives',
      ...["add", path, single, "--negatives", "none"],
    );
    await refuses(
      /expected the adapter's old classes, "at dog", "cat", got "dog", "of at cat"/,
      "add",
      path,
      added,
      "--old-test",
      added,
    );
    await refuses(
      "expected a folder of pictures, got no folder of that name",
      "add",
      path,
      work.path("nowhere"),
    );
    const empty = work.path("empty");
    await writePictures(empty, { of: 1, at: 1 }, 9);
    rmSync(work.path("empty", "at", "0.png"));
    await refuses('expected at least one picture in each class folder, got none in "at"', "add", path, empty);
    const adapter = readAdapter(path);
    saveAdapter(path, { ...adapter, baseModel: { ...adapter.baseModel, weightsHash: "00" } });
    await refuses("expected the model it was trained for", "add", path, added);
    await refuses(
      "batchSize: expected none with the fast schedule, as it is of the published one, got 8. Leave it out, or add --schedule published",
      ...["add", path, added, "--batch-size", "8"],
    );
    saveAdapter(path, adapter);
    await refuses('class "fly": expected a class of the adapter, "at dog", "cat"', "remove", path, "fly");
    await refuses("expected an adapter of more than 2 classes", "remove", path, "cat");
    await refuses('expected a name that no other class has, got "cat"', "rename", path, "at dog", "cat");
    await refuses("expected a name that says something", "rename", path, "cat", "");
  });

  test("negatives that depend on the picture", async () => {
    const folder = work.path("depending");
    await writePictures(folder, {}, 1);
    const path = work.path("depending", "a.safetensors");
    const argv = ["--method", "cocoop+lamm", "--epochs", "1", "--model", work.model, "--out", path];
    await succeed("train", old, ...argv);
    await expectRefusal(
      path,
      run("add", path, added, "--negatives", "old"),
      'negatives: expected "none", as the text features of "cocoop\\+lamm" depend on the picture',
    );
  });
});

test("remove and rename tell programs what they did", async () => {
  const path = await train("json");
  await succeed("add", path, added);
  const removed = JSON.parse((await succeed("remove", path, "cat", "--json")).stdout);
  expect(removed).toEqual({
    adapter: path,
    removed: "cat",
    classes: ["at dog", "dog", "of at cat"],
    bytes: readFileSync(path).length,
  });
  const renamed = JSON.parse((await succeed("rename", path, "#1", "hound", "--json")).stdout);
  expect(renamed).toMatchObject({ from: "dog", to: "hound", classes: ["at dog", "hound", "of at cat"] });
});
