import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writePictures } from "../../test/support/cli/write-pictures.ts";
import { normalizePixels } from "../clip/preprocess.ts";
import { type CollectCropsOptions, collectCrops } from "./collect-crops.ts";
import { hashPicture } from "./content-hash.ts";
import type { EncodingProgress } from "./encode-images.ts";
import { prepareViews } from "./prepare-views.ts";

const imageSize = 8;
const size = 3 * imageSize ** 2;
const preprocessing = { imageSize, mean: [0.4, 0.5, 0.6], std: [0.25, 0.3, 0.2] } as const;

let folder: string;
let pictures: string[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "lamm-crops-"));
  await writePictures(folder, { cat: 2, dog: 1 });
  writeFileSync(join(folder, "broken.png"), "no picture");
  pictures = ["cat/0.png", "broken.png", "dog/0.png", "cat/1.png"].map((name) => join(folder, name));
});

afterAll(() => rmSync(folder, { recursive: true }));

const collect = (change: Partial<CollectCropsOptions> = {}) =>
  collectCrops({ pictures, views: 1, seed: 3, imageSize, ...change });

test("crops are the pixels of which features are made, view by view", async () => {
  const { crops, indices } = await collect({ views: 3 });
  expect(indices).toEqual([0, 2, 3]);
  expect(crops).toHaveLength(3 * 3 * size);
  for (const [row, index] of indices.entries()) {
    const path = pictures[index] ?? "";
    const { hash: contentHash } = await hashPicture(path);
    const pixels = await prepareViews({ path, contentHash, views: [0, 1, 2], seed: 3, preprocessing });
    for (let view = 0; view < 3; view++) {
      const data = crops.subarray((row * 3 + view) * size, (row * 3 + view + 1) * size);
      const normalized = normalizePixels({ width: imageSize, height: imageSize, data }, preprocessing);
      expect(normalized).toEqual(pixels.subarray(view * size, (view + 1) * size));
    }
  }
});

test("the seed changes the random crops and leaves the centre crop", async () => {
  const [one, other] = [await collect({ views: 2 }), await collect({ views: 2, seed: 4 })];
  expect(other.crops.subarray(0, size)).toEqual(one.crops.subarray(0, size));
  expect(other.crops.subarray(size, 2 * size)).not.toEqual(one.crops.subarray(size, 2 * size));
});

test("pictures that cannot be read are named, with the reason", async () => {
  const { unreadable } = await collect({ pictures: [...pictures, join(folder, "none.png")] });
  expect(unreadable).toEqual([
    { index: 1, path: pictures[1], reason: expect.stringContaining("unsupported image format") },
    { index: 4, path: join(folder, "none.png"), reason: expect.stringContaining("no such file") },
  ]);
});

test("nothing gives nothing", async () => {
  expect(await collect({ pictures: [] })).toEqual({ crops: new Uint8Array(), indices: [], unreadable: [] });
});

test("each picture is told of, a broken one too", async () => {
  const reports: EncodingProgress[] = [];
  await collect({ onProgress: (report) => reports.push(report) });
  expect(reports).toEqual([1, 2, 3, 4].map((done) => ({ done, total: 4, cached: 0 })));
});

test("a signal stops it between two pictures", async () => {
  const controller = new AbortController();
  const done: number[] = [];
  const onProgress = (report: EncodingProgress) => {
    done.push(report.done);
    controller.abort(new Error("enough"));
  };
  await expect(collect({ signal: controller.signal, onProgress })).rejects.toThrow("enough");
  expect(done.length).toBeLessThan(pictures.length);
});
