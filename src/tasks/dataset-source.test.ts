import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writePictures } from "../../test/support/cli/write-pictures.ts";
import { writeTree } from "../../test/support/datasets/write-tree.ts";
import { smallCheckpoint } from "../../test/support/small-checkpoint.ts";
import { SMALL_JOINT_WIDTH } from "../../test/support/small-text-tower.ts";
import { preprocessingOf } from "../clip/preprocess.ts";
import { findDataset } from "../data/datasets/registry.ts";
import { DataError } from "../errors.ts";
import { createNodeRuntime } from "../runtime/onnxruntime-node.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { parseAdapter, serializeAdapter } from "../training/adapter-file.ts";
import { rowsOf } from "../training/metrics.ts";
import { openDatasetSource } from "./dataset-source.ts";
import { drawSupport } from "./draw-support.ts";
import type { OpenModel } from "./open-model.ts";
import { scorePictures } from "./score-pictures.ts";
import { trainOnSource } from "./train.ts";
import { zeroShotOnSource } from "./zero-shot.ts";

const runtime = createNodeRuntime({ threads: 1 });
const clip = smallCheckpoint();
const preprocessing = preprocessingOf(clip.config);
const baseModel = { id: "small", weightsHash: "ab", preprocessing: "size=8" };
const model: OpenModel = { clip, runtime, preprocessing, baseModel };

const ids = ["n01440764", "n03773504", "n04008634"];
let data: string;
beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), "lamm-dataset-"));
  const count = (pictures: number) => Object.fromEntries(ids.map((id) => [id, pictures]));
  await writePictures(join(data, "imagenet/images/train"), count(3));
  await writePictures(join(data, "imagenet/images/val"), count(2));
  await writePictures(join(data, "imagenet-sketch/images"), count(1));
  writeTree(data, { "imagenet/classnames.txt": `${ids[0]} cat\n${ids[1]} dog\n${ids[2]} dog\n` });
});
afterAll(() => rmSync(data, { recursive: true }));

const open = (name: string) => openDatasetSource(model, findDataset(name).open(data));

test("learns from the train part, and tests on the test part", async () => {
  const source = open("ImageNet");
  expect(source).toMatchObject({
    path: "ImageNet",
    classNames: ["cat", "dog", "dog"],
    classFolders: ids,
    isDivided: true,
    baseModel,
  });
  expect(source.testPart).toMatchObject({ split: "test", pictures: { length: 6 } });
  expect(source.trainingPool(2)).toMatchObject({ isDrawn: false, pictures: { length: 9 } });
  const drawn = drawSupport(source, { shots: 2, seed: 1 });
  expect(drawn.map(({ label }) => label)).toEqual([0, 0, 1, 1, 2, 2]);
  const encoded = await source.encode(drawn, { views: 1, seed: 1, cache: false });
  expect(encoded?.features.shape).toEqual([6, 1, SMALL_JOINT_WIDTH]);
});

test("does not learn from what is there to test on", () => {
  const source = open("ImageNet-Sketch");
  expect(source.isDivided).toBe(false);
  expect(source.testPart.pictures).toHaveLength(3);
  const pool = () => source.trainingPool(1);
  expect(pool).toThrow(DataError);
  expect(pool).toThrow(
    "ImageNet-Sketch: expected pictures to learn from, got a data set to test on alone. Learn from the data set whose classes it shows, and test on this one.",
  );
});

// What CoOp learns is shared: its prompts of the two classes stay equal, and so do their logits.
test.each([
  ["lamm", { epochs: 2, schedule: "published" }, true],
  ["coop", { epochs: 1 }, false],
  ["taskres", {}, true],
  ["gda", { alpha: 1 }, true],
  ["tip-adapter", { alpha: 1, beta: 1, scale: 1 }, true],
] as const)(
  "two classes of one name are two classes to %s, in files too",
  async (method, options, differ) => {
    const source = open("ImageNet");
    const config = { method, shots: 2, seed: 1, template: "a {}", ...options };
    const result = await trainOnSource(source, { config, cache: false });
    if (result === undefined) throw new Error("nothing was stopped");
    const bytes = Buffer.concat(serializeAdapter(result.adapter));
    const adapter = parseAdapter("adapter", bytes);
    expect(adapter.classNames).toEqual(["cat", "dog", "dog"]);
    const { pictures } = source.testPart;
    const blocks: Tensor<"float32">[] = [];
    const scored = await scorePictures(adapter, {
      runtime,
      clip,
      where: source.path,
      onLogits: (logits) => void blocks.push(logits),
      encode: () => source.encode(pictures, { views: 1, seed: 0, cache: false }),
    });
    if (scored === undefined) throw new Error("nothing was stopped");
    const [logits] = blocks;
    expect(logits?.shape).toEqual([6, 3]);
    const [first] = logits ? rowsOf(logits) : [];
    expect(first?.[1] !== first?.[2]).toBe(differ);
  },
);

test("zero-shot counts both", async () => {
  const result = await zeroShotOnSource(open("ImageNet"), { templates: ["a {}"], cache: false });
  expect(result?.evaluation.perClass.map(({ total }) => total)).toEqual([2, 2, 2]);
});
