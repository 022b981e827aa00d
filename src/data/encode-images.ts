// Node only: reads files and starts worker threads.
import type { Preprocessing } from "../clip/preprocess.ts";
import { ConfigError, ShapeError } from "../errors.ts";
import { createTensor, type Tensor } from "../tensor/tensor.ts";
import { viewKey } from "./augmentation.ts";
import type { FeatureCache, FeatureEntry } from "./feature-cache.ts";
import { collectContents, type PictureContent, unusableReason } from "./picture-contents.ts";
import type { ViewJob } from "./prepare-views.ts";
import { createInlinePool, createWorkerPool, type ViewPool } from "./view-pool.ts";
import { isWorthThreads } from "./worth-threads.ts";

/** How far decoding runs ahead of the tower, in batches: one that is encoded, one that is ready after it. */
const BATCHES_AHEAD = 2;

/** How far the encoding is, in pictures. Pictures that cannot be read count as done. */
export interface EncodingProgress {
  readonly done: number;
  readonly total: number;
  /** Those of the done whose features were all in the cache. */
  readonly cached: number;
}

/** Which pictures to encode, and how. */
export interface EncodeImagesOptions {
  /** Paths of picture files. Equal contents are encoded once. */
  readonly pictures: readonly string[];
  /** Number V of views of each picture: the centre crop and V - 1 random crops. */
  readonly views: number;
  /** Of the random crops; an integer. */
  readonly seed: number;
  readonly preprocessing: Preprocessing;
  /**
   * The image tower: raw features `[batchSize, D]`, row-major, of pixels `[batchSize, 3, R, R]`. Zeros fill up the last batch.
   * The pixels are overwritten once the promise is settled.
   */
  readonly encodeBatch: (pixels: Float32Array) => Promise<Float32Array>;
  readonly batchSize: number;
  /** Opened for the same preprocessing and weights. */
  readonly cache?: FeatureCache;
  readonly onProgress?: (progress: EncodingProgress) => void;
  /** Stops the work between two batches; what was encoded is in the cache by then. */
  readonly signal?: AbortSignal;
}

/** A picture without features. */
export interface UnreadablePicture {
  /** Index into the pictures that were asked for. */
  readonly index: number;
  readonly path: string;
  /** Why, in a few words. */
  readonly reason: string;
}

/** Features of those pictures that could be read. */
export interface EncodedImages {
  /** Raw features, not normalised, float32 `[N, V, D]`; `[0, V, 0]` where no picture could be read. */
  readonly features: Tensor<"float32">;
  /** For each of the N rows, the index of its picture among those that were asked for; ascending. */
  readonly indices: readonly number[];
  /** The other pictures, in the order in which they were asked for. */
  readonly unreadable: readonly UnreadablePicture[];
}

/**
 * Encodes views of pictures by an image tower, reading what the cache has and adding to it batch by batch. Decoding and
 * resizing run ahead of the tower, in threads where there is enough to do. The result does not depend on the cache, on the
 * number of threads or, as far as the tower's rows are independent of each other, on the other pictures.
 *
 * @throws {ShapeError} if the tower's output is not `[batchSize, D]`, or the cache's features have another D
 * @throws {StorageError} if the cache's file is damaged
 * @throws the signal's reason once it is aborted, and whatever `encodeBatch` throws
 */
export async function encodeImages(options: EncodeImagesOptions): Promise<EncodedImages> {
  checkCount("views", options.views);
  checkCount("batch size", options.batchSize);
  const progress = createProgress(options);
  const contents = await collectContents(options, progress.found);
  progress.finished([]);
  const waiting = contents.filter(({ left }) => left > 0);
  if (waiting.length > 0) {
    const pool = isWorthThreads(waiting) ? createWorkerPool() : createInlinePool();
    try {
      await encodeContents(waiting, pool, options, progress);
    } finally {
      await pool.close();
    }
  }
  return assemble(contents, options);
}

function checkCount(where: string, count: number): void {
  if (Number.isInteger(count) && count > 0) return;
  throw new ConfigError({ where, expected: "a whole number from 1", got: String(count) });
}

/** Counts pictures as files are read and contents are done with. */
function createProgress({ pictures, onProgress }: EncodeImagesOptions) {
  const total = pictures.length;
  let done = 0;
  let cached = 0;
  return {
    /** A file was read, or could not be. */
    found: ({ left, unreadable }: PictureContent) => {
      if (left > 0) return;
      done++;
      if (unreadable === undefined) cached++;
      onProgress?.({ done, total, cached });
    },
    /** Contents got their last features, or turned out not to be pictures. */
    finished: (contents: readonly PictureContent[]) => {
      for (const { indices } of contents) done += indices.length;
      onProgress?.({ done, total, cached });
    },
  };
}
type Progress = ReturnType<typeof createProgress>;

/** A picture's pixels on their way, or why there are none. */
type Prepared = Float32Array | { readonly reason: string };

async function encodeContents(
  waiting: readonly PictureContent[],
  pool: ViewPool,
  options: EncodeImagesOptions,
  progress: Progress,
): Promise<void> {
  const batch = createBatch(options, progress);
  const perPicture = Math.max(...new Set(waiting.map(({ missing }) => missing.length)));
  const ahead = Math.max(pool.size + 1, Math.ceil((BATCHES_AHEAD * options.batchSize) / perPicture));
  const requests: Promise<Prepared>[] = [];
  for (const [next, content] of waiting.entries()) {
    for (const later of waiting.slice(next + requests.length, next + ahead)) {
      requests.push(request(later, pool, options));
    }
    const prepared = await requests.shift();
    options.signal?.throwIfAborted();
    if (prepared instanceof Float32Array) await batch.add(content, prepared);
    else if (prepared !== undefined) {
      content.unreadable = prepared.reason;
      progress.finished([content]);
    }
  }
  await batch.flush();
}

function request(
  { hash: contentHash, missing: views, indices }: PictureContent,
  pool: ViewPool,
  { pictures, seed, preprocessing }: EncodeImagesOptions,
): Promise<Prepared> {
  const path = pictures[indices[0] ?? 0] ?? "";
  const job: ViewJob = { path, contentHash, views, seed, preprocessing };
  const prepared = pool.prepare(job).catch(unusableReason);
  // When the work stops early nobody waits for this one; its failure must not count as unhandled.
  prepared.catch(() => undefined);
  return prepared;
}

/** Gathers views into batches of the tower's size and puts features where they belong. */
function createBatch(
  { preprocessing, batchSize, encodeBatch, cache, seed, signal }: EncodeImagesOptions,
  progress: Progress,
) {
  const size = 3 * preprocessing.imageSize ** 2;
  const pixels = new Float32Array(batchSize * size);
  let rows: { readonly content: PictureContent; readonly view: number }[] = [];
  const flush = async () => {
    if (rows.length === 0) return;
    pixels.fill(0, rows.length * size);
    const features = await encodeBatch(pixels);
    const width = widthOf(features, batchSize);
    const entries = rows.map(({ content, view }, row): FeatureEntry => {
      const feature = features.slice(row * width, (row + 1) * width);
      content.features[view] = feature;
      content.left--;
      return { contentHash: content.hash, view: viewKey({ view, seed }), feature };
    });
    const finished = new Set(rows.map(({ content }) => content).filter(({ left }) => left === 0));
    rows = [];
    cache?.put(entries);
    progress.finished([...finished]);
  };
  const add = async (content: PictureContent, views: Float32Array) => {
    for (const [index, view] of content.missing.entries()) {
      pixels.set(views.subarray(index * size, (index + 1) * size), rows.length * size);
      rows.push({ content, view });
      if (rows.length < batchSize) continue;
      await flush();
      signal?.throwIfAborted();
    }
  };
  return { add, flush };
}

function widthOf(features: Float32Array, batchSize: number): number {
  const width = features.length / batchSize;
  if (Number.isInteger(width) && width > 0) return width;
  throw new ShapeError({
    where: "image tower",
    expected: `features [${batchSize}, D]`,
    got: `${features.length} values`,
  });
}

function assemble(
  contents: readonly PictureContent[],
  { pictures, views }: EncodeImagesOptions,
): EncodedImages {
  const byPicture: PictureContent[] = [];
  for (const content of contents) {
    for (const index of content.indices) byPicture[index] = content;
  }
  const indices: number[] = [];
  const unreadable: UnreadablePicture[] = [];
  byPicture.forEach(({ unreadable: reason }, index) => {
    if (reason === undefined) indices.push(index);
    else unreadable.push({ index, path: pictures[index] ?? "", reason });
  });
  const rows = indices.flatMap((index) => byPicture[index]?.features ?? []);
  const width = rows[0]?.length ?? 0;
  const data = new Float32Array(rows.length * width);
  rows.forEach((row, at) => {
    if (row?.length !== width) throw mixedWidths(width, row?.length ?? 0);
    data.set(row, at * width);
  });
  return { features: createTensor("float32", [indices.length, views, width], data), indices, unreadable };
}

function mixedWidths(expected: number, got: number): ShapeError {
  return new ShapeError({
    where: "image features",
    expected: `${expected} values each`,
    got: `${got}`,
    fix: "The feature cache was filled by another model under the same weights hash; delete it.",
  });
}
