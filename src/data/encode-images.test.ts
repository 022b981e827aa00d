import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { normalizePixels, preprocess } from "../clip/preprocess.ts";
import { makeView } from "./augmentation.ts";
import { hashPicture } from "./content-hash.ts";
import { readImage } from "./decode-image.ts";
import { type EncodeImagesOptions, encodeImages } from "./encode-images.ts";
import { type FeatureCache, openFeatureCache } from "./feature-cache.ts";
import { createInlinePool, createWorkerPool } from "./view-pool.ts";

// The pools work as ever; the tests see which one was chosen.
vi.mock("./view-pool.ts", { spy: true });

const preprocessing = { imageSize: 8, mean: [0.4, 0.5, 0.6], std: [0.25, 0.3, 0.2] } as const;
const size = 3 * 8 * 8;

/** A tower with D = 2: the first value, and a weighted sum of all. */
function towerOf(pixels: Float32Array): [number, number] {
  return [pixels[0] ?? 0, Math.fround(pixels.reduce((sum, value, i) => sum + value * ((i % 7) + 1), 0))];
}
const encodeBatch = vi.fn((pixels: Float32Array) =>
  Promise.resolve(
    Float32Array.from(
      Array.from({ length: pixels.length / size }, (_, i) =>
        towerOf(pixels.subarray(i * size, (i + 1) * size)),
      ).flat(),
    ),
  ),
);

let folder = "";
let cache: FeatureCache | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lamm-encode-"));
  vi.clearAllMocks();
});
afterEach(() => {
  cache?.close();
  cache = undefined;
  rmSync(folder, { recursive: true });
});

function openCache(): FeatureCache {
  const file = join(folder, "cache", "features.sqlite");
  const onWarning = (message: string) => expect.unreachable(message);
  return openFeatureCache({ preprocessing: "p", weightsHash: "w", file, onWarning });
}

function encode(pictures: readonly string[], change: Partial<EncodeImagesOptions> = {}) {
  const defaults = { pictures, views: 1, seed: 1, preprocessing, encodeBatch, batchSize: 4 };
  return encodeImages({ ...defaults, ...change });
}

/** Writes different small pictures and gives their paths. */
async function makePictures(count: number, prefix = "picture"): Promise<string[]> {
  mkdirSync(folder, { recursive: true });
  return Promise.all(
    Array.from({ length: count }, async (_, n) => {
      const data = Uint8Array.from({ length: 3 * 12 * 10 }, (_, i) => (i * (n + 3) * 31 + n) % 256);
      const path = join(folder, `${prefix}-${n}.png`);
      const raw = { width: 12, height: 10, channels: 3 } as const;
      writeFileSync(path, await sharp(data, { raw }).png({ compressionLevel: 1 }).toBuffer());
      return path;
    }),
  );
}

/** Makes a picture so heavy that threads are started; decoders stop where a PNG ends. */
function makeHeavy(path = "") {
  appendFileSync(path, Buffer.alloc(12_000_000));
}

async function expectedRow(path: string): Promise<number[]> {
  return towerOf(preprocess(await readImage(path), preprocessing));
}

async function expectedRows(paths: readonly string[]): Promise<number[]> {
  return (await Promise.all(paths.map(expectedRow))).flat();
}

test("encodes every format, and lists what is no picture", async () => {
  const [png = ""] = await makePictures(1);
  const formats = ["jpeg", "png", "webp", "avif", "gif", "tiff"] as const;
  const good = await Promise.all(
    formats.map(async (format) => {
      const path = join(folder, `good.${format}`);
      writeFileSync(path, await sharp(png).resize(40, 30, { kernel: "nearest" }).toFormat(format).toBuffer());
      return path;
    }),
  );
  const bad = ["cut.jpeg", "empty.png", "letter.webp"].map((name) => join(folder, name));
  const [cut = "", empty = "", letter = ""] = bad;
  const jpeg = await sharp(png).resize(200, 200).jpeg().toBuffer();
  writeFileSync(cut, jpeg.subarray(0, jpeg.length / 2));
  writeFileSync(empty, "");
  writeFileSync(letter, "Dear Sir or Madam");
  const missing = join(folder, "missing.png");
  const pictures = [cut, ...good.slice(0, 3), empty, letter, ...good.slice(3), missing];

  const { features, indices, unreadable } = await encode(pictures);
  expect(indices).toEqual([1, 2, 3, 6, 7, 8]);
  expect(features.shape).toEqual([6, 1, 2]);
  expect([...features.data]).toEqual(await expectedRows(good));
  expect(unreadable).toEqual([
    { index: 0, path: cut, reason: expect.stringMatching(/^damaged jpeg data \(.+\)$/) },
    { index: 4, path: empty, reason: "an empty file" },
    { index: 5, path: letter, reason: "Input buffer contains unsupported image format" },
    { index: 9, path: missing, reason: expect.stringContaining("ENOENT") },
  ]);
});

test("fills the last batch with zeros, and gives the tower whole batches only", async () => {
  const pictures = await makePictures(6);
  const seen: Float32Array[] = [];
  const recording = (pixels: Float32Array) => {
    seen.push(pixels.slice());
    return encodeBatch(pixels);
  };
  await encode(pictures, { encodeBatch: recording });
  expect(seen.map(({ length }) => length)).toEqual([4 * size, 4 * size]);
  expect(seen[1]?.subarray(2 * size)).toEqual(new Float32Array(2 * size));
  expect(seen[1]?.subarray(0, size)).not.toEqual(new Float32Array(size));
});

test("encodes equal contents once", async () => {
  const [a = "", b = ""] = await makePictures(2);
  const copies = await makePictures(2, "copy");
  const pictures = [a, b, ...copies, a];
  const { features, indices } = await encode(pictures, { batchSize: 2 });
  expect(encodeBatch).toHaveBeenCalledTimes(1);
  expect(indices).toEqual([0, 1, 2, 3, 4]);
  expect([...features.data]).toEqual(await expectedRows([a, b, a, b, a]));
});

test("lists every file of a damaged content", async () => {
  const files = ["one.jpg", "two.jpg"].map((name) => join(folder, name));
  for (const file of files) writeFileSync(file, "no picture");
  const { features, indices, unreadable } = await encode(files, { views: 3 });
  expect(unreadable.map(({ path }) => path)).toEqual(files);
  expect([features.shape, indices]).toEqual([[0, 3, 0], []]);
  expect(encodeBatch).not.toHaveBeenCalled();
});

test("encodes views: the centre crop, then random crops by seed and content", async () => {
  const pictures = await makePictures(3);
  const { features } = await encode(pictures, { views: 4, seed: 5 });
  expect(features.shape).toEqual([3, 4, 2]);
  const expected = await Promise.all(
    pictures.map(async (path) => {
      const image = await readImage(path);
      const { hash: contentHash } = await hashPicture(path);
      return [0, 1, 2, 3].flatMap((view) => {
        const crop = makeView(image, { view, seed: 5, contentHash, imageSize: 8 });
        return towerOf(normalizePixels(crop, preprocessing));
      });
    }),
  );
  expect([...features.data]).toEqual(expected.flat());
});

test("takes from the cache what it has, and encodes the rest", async () => {
  const pictures = await makePictures(5);
  cache = openCache();
  const plain = await encode(pictures, { views: 3 });
  expect(encodeBatch).toHaveBeenCalledTimes(4);
  encodeBatch.mockClear();
  await encode(pictures.slice(0, 4), { cache });
  expect(encodeBatch).toHaveBeenCalledTimes(1);
  encodeBatch.mockClear();
  // Eight views of the four pictures and three of the fifth are left.
  expect(await encode(pictures, { cache, views: 3 })).toEqual(plain);
  expect(encodeBatch).toHaveBeenCalledTimes(3);
  encodeBatch.mockClear();
  expect(await encode(pictures, { cache, views: 3 })).toEqual(plain);
  expect(encodeBatch).not.toHaveBeenCalled();
  // The centre crop has no seed.
  await encode(pictures, { cache, seed: 2 });
  expect(encodeBatch).not.toHaveBeenCalled();
});

test("keeps what was encoded before a failure", async () => {
  const pictures = await makePictures(10);
  cache = openCache();
  const failing = async (pixels: Float32Array) => {
    const features = await encodeBatch(pixels);
    if (encodeBatch.mock.calls.length === 2) throw new Error("out of memory");
    return features;
  };
  await expect(encode(pictures, { cache, encodeBatch: failing })).rejects.toThrow("out of memory");
  encodeBatch.mockClear();
  const { features } = await encode(pictures, { cache });
  expect(encodeBatch).toHaveBeenCalledTimes(2);
  expect([...features.data]).toEqual(await expectedRows(pictures));
});

test("gives the same by threads as without", async () => {
  const pictures = await makePictures(50);
  writeFileSync(pictures[17] ?? "", "broken");
  const inline = await encode(pictures, { batchSize: 16 });
  expect(createWorkerPool).not.toHaveBeenCalled();
  expect(inline.unreadable).toEqual([
    { index: 17, path: pictures[17], reason: "Input buffer contains unsupported image format" },
  ]);
  expect(inline.indices).toEqual([...pictures.keys()].filter((index) => index !== 17));
  const readable = inline.indices.map((index) => pictures[index] ?? "");
  expect([...inline.features.data]).toEqual(await expectedRows(readable));
  vi.clearAllMocks();
  makeHeavy(pictures[3]);
  expect(await encode(pictures, { batchSize: 16 })).toEqual(inline);
  expect(createWorkerPool).toHaveBeenCalledTimes(1);
  expect(createInlinePool).not.toHaveBeenCalled();
});

test("reports progress in pictures, to the end", async () => {
  const pictures = await makePictures(9);
  cache = openCache();
  await encode(pictures.slice(0, 3), { cache });
  const empty = join(folder, "empty.jpg");
  const letter = join(folder, "letter.jpg");
  writeFileSync(empty, "");
  writeFileSync(letter, "Dear");
  const reports: unknown[] = [];
  const onProgress = (progress: unknown) => reports.push(progress);
  await encode([...pictures, pictures[8] ?? "", empty, letter], { cache, onProgress });
  expect(reports).toEqual([
    { done: 1, total: 12, cached: 1 },
    { done: 2, total: 12, cached: 2 },
    { done: 3, total: 12, cached: 3 },
    { done: 3, total: 12, cached: 3 },
    { done: 7, total: 12, cached: 3 },
    { done: 8, total: 12, cached: 3 },
    { done: 9, total: 12, cached: 3 },
    { done: 12, total: 12, cached: 3 },
  ]);
});

test.for(["inline", "threads"])("stops between batches when it is told to, %s", async (pool) => {
  const pictures = await makePictures(24);
  if (pool === "threads") makeHeavy(pictures[20]);
  cache = openCache();
  const stop = new AbortController();
  const stopping = (pixels: Float32Array) => {
    stop.abort(new Error("Ctrl-C"));
    return encodeBatch(pixels);
  };
  const stopped = encode(pictures, { cache, encodeBatch: stopping, signal: stop.signal });
  await expect(stopped).rejects.toThrow("Ctrl-C");
  expect(vi.mocked(createWorkerPool).mock.calls.length).toBe(pool === "threads" ? 1 : 0);
  expect(encodeBatch).toHaveBeenCalledTimes(1);
  encodeBatch.mockClear();
  await expect(encode(pictures, { signal: stop.signal })).rejects.toThrow("Ctrl-C");
  expect(encodeBatch).not.toHaveBeenCalled();
  await encode(pictures, { cache });
  expect(encodeBatch).toHaveBeenCalledTimes(5);
});

test("does not take a changed picture for the one that it was", async () => {
  const pictures = await makePictures(6);
  const changing = (pixels: Float32Array) => {
    writeFileSync(pictures[5] ?? "", "changed");
    return encodeBatch(pixels);
  };
  const { unreadable } = await encode(pictures, { batchSize: 1, encodeBatch: changing });
  expect(unreadable).toEqual([
    { index: 5, path: pictures[5], reason: "content that changed between two readings" },
  ]);
});

test("refuses a tower of another batch size, and a cache of another tower", async () => {
  const pictures = await makePictures(2);
  await expect(encode(pictures, { encodeBatch: () => Promise.resolve(new Float32Array(7)) })).rejects.toThrow(
    "image tower: expected features [4, D], got 7 values.",
  );
  cache = openCache();
  await encode(pictures.slice(0, 1), { cache });
  const wider = () => Promise.resolve(new Float32Array(4 * 3));
  await expect(encode(pictures, { cache, encodeBatch: wider })).rejects.toThrow(
    "image features: expected 2 values each, got 3. The feature cache was filled by another model",
  );
});

test("refuses counts that are none", async () => {
  await expect(encode([], { views: 0 })).rejects.toThrow("views: expected a whole number from 1, got 0.");
  await expect(encode([], { batchSize: 2.5 })).rejects.toThrow(
    "batch size: expected a whole number from 1, got 2.5.",
  );
});
