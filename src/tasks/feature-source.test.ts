import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { smallClip } from "../../test/support/small-clip.ts";
import { SMALL_JOINT_WIDTH } from "../../test/support/small-text-tower.ts";
import { featureSet, writeFeatures } from "../../test/support/write-features.ts";
import { preprocessingOf } from "../clip/preprocess.ts";
import { ConfigError, DataError } from "../errors.ts";
import { createNodeRuntime } from "../runtime/onnxruntime-node.ts";
import { createTensor, type Tensor } from "../tensor/tensor.ts";
import { isModelUnknown, openFeatureSource } from "./feature-source.ts";
import type { OpenModel } from "./open-model.ts";

const runtime = createNodeRuntime({ threads: 1 });
const classNames = ["cat", "dog"];
const text = createTensor("float32", [2, 4], Float32Array.of(1, 0, 0, 0, 0, 1, 0, 0));
let folder: string;
let count = 0;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "lamm-source-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function open(tensors: Readonly<Record<string, Tensor>>, metadata: Readonly<Record<string, string>> = {}) {
  const path = writeFeatures(join(folder, `${count++}.safetensors`), tensors, { classNames, metadata });
  return openFeatureSource({ runtime }, path);
}

const train = featureSet("train", [0, 1, 0, 1]);
const train2 = featureSet("train2", [0, 1, 1, 0]);
const train16 = featureSet("train16", [1, 0, 1]);
const part = featureSet("test", [1, 1, 0]);

describe("pictures to learn from", () => {
  test("are the draw of as many as are asked for, as it is", () => {
    const { pictures, isDrawn } = open({ ...train, ...train2, ...train16 }).trainingPool(2);
    expect(isDrawn).toBe(true);
    expect(pictures.map(({ label }) => label)).toEqual([0, 1, 1, 0]);
    expect(pictures[2]?.path).toMatch(/\.safetensors:train2\[2\]$/);
  });

  test.each([3, undefined])("are the set train where there is no draw of %s", (shots) => {
    const { pictures, isDrawn } = open({ ...train, ...train2, ...train16 }).trainingPool(shots);
    expect(isDrawn).toBe(false);
    expect(pictures.map(({ path }) => path)).toEqual(
      [0, 1, 2, 3].map((row) => expect.stringContaining(`:train[${row}]`)),
    );
  });

  test.each([3, undefined])(
    "are the largest draw, by number, where there is no set train and none of %s",
    (shots) => {
      const { pictures, isDrawn } = open({ ...train2, ...train16 }).trainingPool(shots);
      expect(isDrawn).toBe(false);
      expect(pictures.map(({ label }) => label)).toEqual([1, 0, 1]);
    },
  );

  test("may be missing, which is said", () => {
    const source = open(part);
    expect(() => source.trainingPool(16)).toThrow(DataError);
    expect(() => source.trainingPool(16)).toThrow("expected a set train, or train16, got test.");
  });
});

describe("pictures to test on", () => {
  test.each([
    ["test", { ...train, ...part, ...featureSet("val", [0]) }, 3, true],
    ["val", { ...train16, ...featureSet("val", [0]) }, 1, true],
    ["all", train, 4, false],
    ["test", part, 3, false],
  ] as const)("are those of %s", (split, tensors, pictures, isDivided) => {
    const source = open(tensors);
    expect(source.testPart.split).toBe(split);
    expect(source.testPart.pictures).toHaveLength(pictures);
    expect(source.isDivided).toBe(isDivided);
  });
});

describe("features", () => {
  const source = () => open({ ...train, ...part });

  test("are those of the pictures that are asked for, in that order, of several sets too", async () => {
    const opened = source();
    const { pictures } = opened.testPart;
    const [first] = opened.trainingPool(undefined).pictures;
    const chosen = [pictures[2], first, pictures[0]].flatMap((picture) => picture ?? []);
    const encoded = await opened.encode(chosen, { views: 1, seed: 0 });
    expect(encoded?.indices).toEqual([0, 1, 2]);
    expect(encoded?.features.shape).toEqual([3, 1, 4]);
    const expected = await Promise.all(
      chosen.map(async (picture) => (await opened.encode([picture], { views: 1, seed: 0 }))?.features.data),
    );
    expect([...(encoded?.features.data ?? [])]).toEqual(expected.flatMap((data) => [...(data ?? [])]));
    const row = encoded?.features.data.subarray(0, 4) ?? [];
    expect(Math.hypot(...row)).toBeCloseTo(1, 6);
    expect(row[0]).toBeGreaterThan(0.9);
  });

  test("have no views", async () => {
    const opened = source();
    const run = opened.encode(opened.testPart.pictures, { views: 3, seed: 0 });
    await expect(run).rejects.toThrow(DataError);
    await expect(run).rejects.toThrow(
      "expected pictures, to make views of, got features that were computed before. Leave the views out, or average",
    );
  });

  test("are those of the image tower without prompts", async () => {
    const opened = source();
    const imagePrompts = [createTensor("float32", [1, 4], new Float32Array(4))];
    await expect(
      opened.encode(opened.testPart.pictures, { views: 1, seed: 0, imagePrompts }),
    ).rejects.toThrow(
      "expected pictures, for an image tower with learned prompts, got features that were computed before. Give a folder",
    );
  });

  test("have no pixels", async () => {
    const run = source().preparePixels([], { views: 1, seed: 0 });
    await expect(run).rejects.toThrow(ConfigError);
    await expect(run).rejects.toThrow(
      "expected pictures, for a method that trains through the image tower, got features that were computed before. Give a folder of pictures, or choose a method that leaves the image tower as it is.",
    );
  });
});

describe("the model", () => {
  test("is what the file says of the backbone: two files of one go together", () => {
    const one = open(train, { backbone: "ViT-B/32" }).baseModel;
    expect(one).toEqual(open(part, { backbone: "ViT-B/32" }).baseModel);
    expect(one).toMatchObject({ id: "ViT-B/32", preprocessing: "features of width 4" });
    expect(isModelUnknown(one)).toBe(true);
    const silent = open(train).baseModel;
    expect(silent).toMatchObject({ id: "an unknown model" });
    expect(silent.weightsHash).not.toBe(one.weightsHash);
  });

  test("may be given: adapters are its own then", () => {
    const clip = { ...smallClip(1), id: "small" } as unknown as OpenModel["clip"];
    const baseModel = { id: "small", weightsHash: "ab", preprocessing: "size=8" };
    const model: OpenModel = { clip, runtime, baseModel, preprocessing: preprocessingOf(clip.config) };
    const path = (width: number) =>
      writeFeatures(join(folder, `${count++}.safetensors`), featureSet("train", [0, 1], { width }), {
        classNames,
      });
    const source = openFeatureSource(model, path(SMALL_JOINT_WIDTH));
    expect(source.baseModel).toBe(baseModel);
    expect(source.clip).toBe(clip);
    expect(isModelUnknown(source.baseModel)).toBe(false);
    expect(() => openFeatureSource(model, path(5))).toThrow(
      `expected features of width ${SMALL_JOINT_WIDTH}, as "small" has, got 5. Name the model that the features are from.`,
    );
  });

  test("has words where the file has them", () => {
    expect(open({ ...train, "text.features": text }).textFeatures).toEqual(text);
    expect(open(train)).not.toHaveProperty("textFeatures");
    expect(open(train)).not.toHaveProperty("clip");
  });
});
