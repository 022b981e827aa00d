import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openFeatureFile } from "../../src/data/feature-file.ts";
import { type RunIngredients, runIdentity } from "../../src/tasks/run-identity.ts";
import { createTensor } from "../../src/tensor/tensor.ts";
import { readAdapter } from "../../src/training/node/read-adapter.ts";
import { saveAdapter } from "../../src/training/node/save-adapter.ts";
import { expectRefusal } from "../support/cli/expect-refusal.ts";
import { runRecorded } from "../support/cli/run-recorded.ts";
import { createWorkspace, type Workspace } from "../support/cli/workspace.ts";
import { writePictures } from "../support/cli/write-pictures.ts";
import { sampleAdapter } from "../support/sample-adapter.ts";
import { featureSet, writeFeatures } from "../support/write-features.ts";

const classNames = ["cat", "dog", "emu"];
const EMBEDDED = "lamm/picture-world";
const EMBEDDED_WIDTH = 192;

let work: Workspace;
/** Of width 4, from a model that nobody has. */
let features: string;
/** Of the embedded model's width. */
let wide: string;
/** Learned from features alone. */
let adapter: string;

beforeAll(async () => {
  work = await createWorkspace();
  const train = [0, 1, 2, 0, 1, 2];
  features = writeFeatures(
    work.path("features.safetensors"),
    { ...featureSet("train", train), ...featureSet("test", [2, 1, 0, 0], { shift: 1 }) },
    { classNames, metadata: { backbone: "ViT-X" } },
  );
  const options = { width: EMBEDDED_WIDTH };
  wide = writeFeatures(
    work.path("wide.safetensors"),
    { ...featureSet("train", train, options), ...featureSet("test", [2, 1, 0], { ...options, shift: 1 }) },
    { classNames: { class_names: classNames } },
  );
  const words = createTensor("float32", [3, 4], Float32Array.of(-1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0));
  const learned = createTensor("float32", [3, 4], Float32Array.of(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0));
  adapter = work.path("adapter.safetensors");
  const baseModel = {
    id: "ViT-X",
    weightsHash: "features of ViT-X",
    preprocessing: "features of width 4",
  };
  saveAdapter(
    adapter,
    sampleAdapter({ classNames, baseModel, textFeatures: learned, originalTextFeatures: words }),
  );
});

afterAll(() => work.remove());

test("a class that has a name and no pictures is refused by that name", async () => {
  const path = writeFeatures(work.path("named.safetensors"), featureSet("train", [0, 1, 0, 1]), {
    classNames: ["cat", "dog", "emu"],
  });
  await expectRefusal(
    adapter,
    runRecorded(["train", path, "--method", "gda", "--out", work.path("named-adapter.safetensors")]),
    /training pictures: expected at least one of each class that has a name, got none of "emu"\. Add pictures/,
  );
});

/** Runs a command that must succeed and gives its standard output. */
async function succeed(...argv: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await runRecorded(argv);
  expect(stderr).not.toContain("lamm:");
  expect(exitCode).toBe(0);
  return stdout;
}

describe("evaluate on features, without a model", () => {
  test("tells all that it tells of pictures", async () => {
    const result = JSON.parse(await succeed("evaluate", adapter, features, "--json"));
    expect(result).toMatchObject({
      adapter,
      split: "test",
      classNames,
      accuracy: 1,
      total: 4,
      zeroShot: { accuracy: 0.5 },
      versusZeroShot: { difference: 0.5, firstOnly: 2, secondOnly: 0 },
      calibration: { errorBefore: expect.any(Number) },
      unreadable: [],
    });
    const text = await succeed("evaluate", adapter, features);
    expect(text).toMatch(/^ +adapter +zero-shot\naccuracy +100\.0 % +50\.0 %\n95 % interval/);
    expect(text).toContain("Adapter against zero-shot: +50.0 points");
  });

  test("names near-duplicates by set and row", async () => {
    const path = writeFeatures(
      work.path("copies.safetensors"),
      { ...featureSet("train", [0, 1, 2]), ...featureSet("test", [0, 1, 2]) },
      { classNames, metadata: { backbone: "ViT-X" } },
    );
    const { nearDuplicates } = JSON.parse(await succeed("evaluate", adapter, path, "--json"));
    expect(nearDuplicates).toEqual({
      pairs: [0, 1, 2].map((row) => ({
        train: `${path}:train[${row}]`,
        test: `${path}:test[${row}]`,
        cosine: expect.closeTo(1, 6),
      })),
      total: 3,
    });
    expect(await succeed("evaluate", adapter, path)).toContain(
      `\n3 pairs of a training and a test picture look the same: accuracy may be too good.\n  ${path}:train[0] and ${path}:test[0] (cosine 1.000)\n`,
    );
  });

  test("refuses features of another model", async () => {
    const path = writeFeatures(work.path("other.safetensors"), featureSet("test", [0, 1, 2]), { classNames });
    await expectRefusal(
      adapter,
      runRecorded(["evaluate", adapter, path]),
      'expected the model it was trained for, "ViT-X" .*, got "an unknown model"',
    );
  });

  test("pictures are refused, as nothing can encode them, before a model is looked for", async () => {
    const photos = await writePictures(work.path("photos"), { cat: 1, dog: 1 });
    const message = `${adapter}: expected an adapter of a model that can encode pictures, got one that was learned from features of ViT-X.`;
    await expectRefusal(adapter, runRecorded(["evaluate", adapter, photos]), message);
    await expectRefusal(adapter, runRecorded(["predict", adapter, photos]), message);
  });
});

test("predict classifies the test pictures of a file, by their places in it", async () => {
  const lines = (await succeed("predict", adapter, features, "--top", "1")).trimEnd().split("\n");
  expect(lines[0]).toMatch(new RegExp(`^${features}:test\\[0\\]: .+ \\d+\\.\\d %$`));
  const { total, correct } = JSON.parse(await succeed("evaluate", adapter, features, "--json"));
  expect(lines).toHaveLength(total);
  const { predictions } = JSON.parse(await succeed("predict", adapter, features, "--json"));
  expect(predictions).toHaveLength(total);
  expect(correct).toBeLessThanOrEqual(total);
});

describe("train on features", () => {
  const out = () => work.path("learned.safetensors");

  test("of a method with prompts needs the model", async () => {
    await expectRefusal(
      adapter,
      runRecorded(["train", features, "--out", out()]),
      'method "lamm": expected a CLIP, whose text tower encodes its prompts, got features alone. Name the model that the features are from, or choose a method that works on features.',
    );
  });

  test("works with the model that they are from: it knows the words", async () => {
    const argv = ["train", wide, "--model", EMBEDDED, "--epochs", "3", "--out", out()];
    const text = await succeed(...argv);
    expect(text).toMatch(/^Learned 3 classes from 6 pictures in \d+\.\d s\.$/m);
    expect(text).toMatch(/^Test accuracy \d+\.\d %, CLIP by names alone \d+\.\d %\.$/m);
    expect(text).toContain(`lamm predict ${out()} <picture>...`);
    expect(readAdapter(out()).baseModel.id).toBe(EMBEDDED);
    const result = JSON.parse(await succeed("evaluate", out(), wide, "--json"));
    expect(result).toMatchObject({ split: "test", total: 3 });
    expect(result.zeroShot.total).toBe(3);
  });

  test("of another width than the model's is refused", async () => {
    await expectRefusal(
      adapter,
      runRecorded(["train", features, "--model", EMBEDDED, "--out", out()]),
      `${features}: expected features of width ${EMBEDDED_WIDTH}, as "${EMBEDDED}" has, got 4. Name the model that the features are from.`,
    );
  });

  test("of a method that trains through the image tower is refused", async () => {
    await expectRefusal(
      adapter,
      runRecorded(["train", wide, "--model", EMBEDDED, "--method", "maple", "--out", out()]),
      `${wide}: expected pictures, for a method that trains through the image tower, got features that were computed before. Give a folder of pictures, or choose a method that leaves the image tower as it is.`,
    );
  });

  test("in several views is refused", async () => {
    await expectRefusal(
      adapter,
      runRecorded(["train", wide, "--model", EMBEDDED, "--views", "2", "--out", out()]),
      `${wide}: expected pictures, to make views of, got features that were computed before.`,
    );
  });

  test("without class names says where they should be", async () => {
    const path = writeFeatures(work.path("nameless.safetensors"), featureSet("train", [0, 1]));
    await expectRefusal(
      adapter,
      runRecorded(["train", path, "--out", out()]),
      `${path.replace(/safetensors$/, "json")}: expected class names as a JSON array, or an object with class_names, got no such file. Write the names of the classes there, by class index.`,
    );
  });
});

test("zero-shot on features needs words from somewhere", async () => {
  await expectRefusal(
    adapter,
    runRecorded(["zero-shot", features]),
    `${features}: expected text features in the file, or the model that its features are from, got neither. Name the model with --model.`,
  );
  expect(await succeed("zero-shot", wide, "--model", EMBEDDED)).toMatch(/^ +zero-shot\naccuracy/);
});

describe("words that a file brings", () => {
  /** Of the embedded model's width, with text features that are right about all test pictures. */
  const worded = () => {
    const options = { width: EMBEDDED_WIDTH };
    const rows = new Float32Array(classNames.length * EMBEDDED_WIDTH);
    for (const label of classNames.keys()) rows[label * EMBEDDED_WIDTH + label] = 1;
    return writeFeatures(
      work.path("worded.safetensors"),
      {
        ...featureSet("train", [0, 1, 2, 0, 1, 2], options),
        ...featureSet("test", [2, 1, 0], { ...options, shift: 1 }),
        "text.features": createTensor("float32", [classNames.length, EMBEDDED_WIDTH], rows),
      },
      { classNames, metadata: { backbone: "ViT-X" } },
    );
  };
  const withModel = ["--model", EMBEDDED];
  const template = ["--template", "a drawing of a {}."];
  const json = async (...argv: string[]) => JSON.parse(await succeed(...argv, "--json"));
  const out = (name: string) => ["--out", work.path(`words-${name}.safetensors`)];
  const learned = async (path: string, ...flags: string[]) => {
    const result = await json("train", path, ...withModel, "--method", "clap", ...flags, ...out("train"));
    const { originalTextFeatures } = readAdapter(work.path("words-train.safetensors"));
    return { words: originalTextFeatures?.data, zeroShot: result.evaluation.zeroShot.accuracy };
  };
  const compared = async (path: string, ...flags: string[]) => {
    const methods = ["--methods", "gda,clap", ...out("best")];
    return (await json("compare", path, ...withModel, ...flags, ...methods)).zeroShot.accuracy;
  };

  test("are the words of zero-shot, train and compare alike, with the model too", async () => {
    const path = worded();
    const alone = await json("zero-shot", path);
    expect(alone).toMatchObject({ accuracy: 1, templates: [] });
    const { model: _, ...beside } = await json("zero-shot", path, ...withModel);
    expect(beside).toMatchObject({ accuracy: 1, templates: [], correct: alone.correct });
    const { words, zeroShot } = await learned(path);
    expect(words).toEqual(openFeatureFile(path).textFeatures?.data);
    expect(zeroShot).toBe(1);
    expect(await compared(path)).toBe(1);
  });

  test("give way to a template that is asked for, even the usual one: then the words are the model's", async () => {
    const path = worded();
    for (const asked of [template, ["--template", "a photo of a {}."]]) {
      const [own, without] = [await learned(path, ...asked), await learned(wide, ...asked)];
      expect(own).toEqual(without);
      expect(own.words).not.toEqual(openFeatureFile(path).textFeatures?.data);
      const zeroShot = await json("zero-shot", path, ...withModel, ...asked);
      expect(zeroShot).toEqual(await json("zero-shot", wide, ...withModel, ...asked));
      expect(zeroShot).toMatchObject({ templates: asked.slice(1), accuracy: own.zeroShot });
      expect(await compared(path, ...asked)).toBe(own.zeroShot);
    }
  });

  test("are all there are without a model: a template is refused", async () => {
    const path = worded();
    const message = `${path}, template: expected the model that the features are from, whose text tower encodes a template, got features alone. Name the model with --model, or leave the template out.`;
    const refused = ["--template", "no braces"];
    await expectRefusal(adapter, runRecorded(["zero-shot", path, ...refused]), message);
    for (const command of ["train", "compare"]) {
      const methods = command === "train" ? ["--method", "gda"] : ["--methods", "gda"];
      const run = runRecorded([command, path, ...methods, ...refused, ...out("refused")]);
      await expectRefusal(adapter, run, message);
    }
  });

  test("are part of a comparison: what one kept of other words is not gone on with", () => {
    const source = { runtime: { name: "r" }, baseModel: { weightsHash: "w" }, classNames };
    const data = { features: createTensor("float32", [1, 1, 1], Float32Array.of(1)), labels: [0] };
    const identity = (...words: number[]) =>
      runIdentity({
        ...({ source, data, config: {} } as unknown as RunIngredients),
        words: words.length > 0 ? createTensor("float32", [1, 2], Float32Array.from(words)) : undefined,
      });
    expect(new Set([identity(), identity(1, 0), identity(0, 1)]).size).toBe(3);
  });
});
