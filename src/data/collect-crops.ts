// Node only: reads and decodes files.
import { makeView } from "./augmentation.ts";
import { contentHashOf } from "./content-hash.ts";
import { decodeImage, readPictureBytes } from "./decode-image.ts";
import type { EncodingProgress, UnreadablePicture } from "./encode-images.ts";
import { limitConcurrency } from "./limit-concurrency.ts";
import { unusableReason } from "./picture-contents.ts";

/** Pictures in memory at a time: sharp decodes one while the one before is resized. */
const AT_ONCE = 2;

/** Which pictures to cut, and how. */
export interface CollectCropsOptions {
  /** Paths of picture files. */
  readonly pictures: readonly string[];
  /** Number V of views of each picture: the centre crop and V - 1 random crops, the same as features have. */
  readonly views: number;
  /** Of the random crops; an integer. */
  readonly seed: number;
  /** Side R of the crops, in pixels. */
  readonly imageSize: number;
  readonly onProgress?: (progress: EncodingProgress) => void;
  /** Stops the work between two pictures. */
  readonly signal?: AbortSignal;
}

/** Crops of those pictures that could be read. */
export interface CollectedCrops {
  /** RGB, `[N, V, R, R, 3]`. */
  readonly crops: Uint8Array;
  /** For each of the N pictures its index among those that were asked for; ascending. */
  readonly indices: readonly number[];
  readonly unreadable: readonly UnreadablePicture[];
}

/**
 * Cuts views of pictures for methods that train through the image tower, which need pixels at every step. They stay in memory:
 * 150 KB a view at 224 pixels.
 *
 * @throws the signal's reason once it is aborted
 */
export async function collectCrops(options: CollectCropsOptions): Promise<CollectedCrops> {
  const { pictures, onProgress, signal } = options;
  let done = 0;
  const cut = limitConcurrency(AT_ONCE, async (path: string) => {
    signal?.throwIfAborted();
    const found = await cutViews(path, options).catch(unusableReason);
    onProgress?.({ done: ++done, total: pictures.length, cached: 0 });
    return found;
  });
  const found = await Promise.all(pictures.map(cut));
  const indices: number[] = [];
  const unreadable: UnreadablePicture[] = [];
  found.forEach((crop, index) => {
    if (crop instanceof Uint8Array) indices.push(index);
    else unreadable.push({ index, path: pictures[index] ?? "", reason: crop.reason });
  });
  const size = options.views * 3 * options.imageSize ** 2;
  const crops = new Uint8Array(indices.length * size);
  for (const [row, index] of indices.entries()) crops.set(found[index] as Uint8Array, row * size);
  return { crops, indices, unreadable };
}

async function cutViews(path: string, { views, seed, imageSize }: CollectCropsOptions): Promise<Uint8Array> {
  const bytes = await readPictureBytes(path);
  const contentHash = contentHashOf(bytes);
  const image = await decodeImage(bytes, path);
  const size = 3 * imageSize ** 2;
  const crops = new Uint8Array(views * size);
  for (let view = 0; view < views; view++) {
    crops.set(makeView(image, { view, seed, contentHash, imageSize }).data, view * size);
  }
  return crops;
}
