import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writePictures } from "../../test/support/cli/write-pictures.ts";
import { SMALL_IMAGE_SIZE, smallClip } from "../../test/support/small-clip.ts";
import { SMALL_JOINT_WIDTH } from "../../test/support/small-text-tower.ts";
import { preprocessingOf } from "../clip/preprocess.ts";
import { ConfigError, DataError } from "../errors.ts";
import { createNodeRuntime } from "../runtime/onnxruntime-node.ts";
import { takePixels } from "../training/pixel-set.ts";
import { openFolderSource } from "./folder-source.ts";
import type { OpenModel } from "./open-model.ts";

const runtime = createNodeRuntime({ threads: 1 });
const clip = { ...smallClip(1), id: "small" } as unknown as OpenModel["clip"];
const preprocessing = preprocessingOf(clip.config);
const baseModel = { id: "small", weightsHash: "ab", preprocessing: "size=8" };
const model: OpenModel = { clip, runtime, preprocessing, baseModel };

let folder: string;
const path = (...names: string[]) => join(folder, ...names);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "lamm-folder-"));
  await writePictures(path("plain"), { big_bird: 2, cat: 2 });
  await writePictures(path("divided", "train"), { cat: 2, dog: 2 });
  await writePictures(path("divided", "val"), { cat: 1, dog: 1 });
  await writePictures(path("divided", "test"), { cat: 1, dog: 2 });
  await writePictures(path("with-val", "train"), { cat: 1, dog: 1 });
  await writePictures(path("with-val", "val"), { cat: 1, dog: 1 });
  await writePictures(path("only-train", "train"), { cat: 1, dog: 1 });
  await writePictures(path("only-test", "test"), { cat: 1, dog: 1 });
});
afterAll(() => rmSync(folder, { recursive: true }));

test("a folder needs a model", () => {
  const open = () => openFolderSource({ runtime }, path("plain"));
  expect(open).toThrow(ConfigError);
  expect(open).toThrow(`${path("plain")}: expected a model to encode the pictures, got none.`);
});

test.each([
  ["plain", "all", 4, false],
  ["divided", "test", 3, true],
  ["with-val", "val", 2, true],
  ["only-train", "all", 2, false],
  ["only-test", "test", 2, false],
] as const)("of the folder %s the part %s is tested on", (name, split, pictures, isDivided) => {
  const source = openFolderSource(model, path(name));
  expect(source.testPart.split).toBe(split);
  expect(source.testPart.pictures).toHaveLength(pictures);
  expect(source.isDivided).toBe(isDivided);
});

test("all of a folder is learned from, or its train part; never a draw", () => {
  const poolOf = (name: string) => openFolderSource(model, path(name)).trainingPool(2);
  expect(poolOf("plain")).toMatchObject({ isDrawn: false, pictures: { length: 4 } });
  expect(poolOf("divided").pictures.map((picture) => picture.path.includes("train"))).toEqual(
    Array<boolean>(4).fill(true),
  );
  const none = () => poolOf("only-test");
  expect(none).toThrow(DataError);
  expect(none).toThrow(
    "training pictures: expected a train folder beside test, got none. Add one, or name the folder whose pictures may be learned from.",
  );
});

test("classes have the names of prompts, and folders for errors", () => {
  expect(openFolderSource(model, path("plain"))).toMatchObject({
    classNames: ["big bird", "cat"],
    classFolders: ["big_bird", "cat"],
    baseModel,
  });
});

describe("pictures", () => {
  const source = () => openFolderSource(model, path("plain"));
  const pictures = () => {
    const broken = path("broken.png");
    writeFileSync(broken, "no picture");
    const [first, ...rest] = source().trainingPool(undefined).pictures;
    return [...(first ? [first] : []), { path: broken, label: 0 }, ...rest];
  };

  test("are encoded in as many views as are asked for", async () => {
    const encoded = await source().encode(pictures(), { views: 3, seed: 1, cache: false });
    expect(encoded?.features.shape).toEqual([4, 3, SMALL_JOINT_WIDTH]);
    expect(encoded?.indices).toEqual([0, 2, 3, 4]);
  });

  test("become pixels with their labels, without those that cannot be read", async () => {
    const progress: number[] = [];
    const prepared = await source().preparePixels(pictures(), {
      views: 2,
      seed: 1,
      onEncode: ({ done }) => progress.push(done),
    });
    if (prepared === undefined) throw new Error("nothing was stopped");
    expect(prepared.indices).toEqual([0, 2, 3, 4]);
    expect(prepared.unreadable).toMatchObject([{ index: 1, path: path("broken.png") }]);
    expect(prepared.pixels).toMatchObject({ viewCount: 2, preprocessing, labels: [0, 0, 1, 1] });
    expect(prepared.pixels.crops).toHaveLength(4 * 2 * 3 * SMALL_IMAGE_SIZE ** 2);
    expect(progress).toEqual([1, 2, 3, 4, 5]);
    const batch = takePixels(prepared.pixels, [2, 0], [0, 1]);
    expect(batch.pixels.shape).toEqual([2, 3, SMALL_IMAGE_SIZE, SMALL_IMAGE_SIZE]);
    expect(batch.labels.data).toEqual(BigInt64Array.of(1n, 0n));
  });

  test("are left where a signal stops it", async () => {
    const signal = AbortSignal.abort();
    const options = { views: 1, seed: 1, signal, cache: false } as const;
    expect(await source().preparePixels(pictures(), options)).toBeUndefined();
    expect(await source().encode(pictures(), options)).toBeUndefined();
  });
});
