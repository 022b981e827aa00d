import { normalizePixels, type Preprocessing } from "../clip/preprocess.ts";
import { createTensor } from "../tensor/tensor.ts";
import { type BatchSource, labelTensor, type PixelBatch } from "./feature-set.ts";

/** Pictures to learn from as the image tower sees them, for methods that prompt it; in 8 bits, a quarter of float32. */
export interface PixelSet {
  /** Crops, RGB, `[N, V, R, R, 3]`. */
  readonly crops: Uint8Array;
  /** V. */
  readonly viewCount: number;
  readonly preprocessing: Preprocessing;
  /** Class of each picture, `[N]`. */
  readonly labels: readonly number[];
}

/** Batches of pixels. */
export function pixelBatches(set: PixelSet): BatchSource {
  const { labels, viewCount } = set;
  const views = Array.from({ length: viewCount }, (_, view) => view);
  return {
    labels,
    viewCount,
    take: (pictures, chosen) => takePixels(set, pictures, chosen),
    takeWhole: () =>
      takePixels(
        set,
        labels.flatMap((_, picture) => views.map(() => picture)),
        labels.flatMap(() => views),
      ),
  };
}

/**
 * Some pictures, one view of each, as a batch.
 *
 * @param pictures indices into the set
 * @param views the view of each of them
 */
export function takePixels(
  { crops, viewCount, preprocessing, labels }: PixelSet,
  pictures: readonly number[],
  views: readonly number[],
): PixelBatch {
  const { imageSize } = preprocessing;
  const size = 3 * imageSize ** 2;
  const data = new Float32Array(pictures.length * size);
  pictures.forEach((picture, row) => {
    const start = (picture * viewCount + (views[row] ?? 0)) * size;
    const image = { width: imageSize, height: imageSize, data: crops.subarray(start, start + size) };
    normalizePixels(image, preprocessing, data.subarray(row * size, (row + 1) * size));
  });
  return {
    pixels: createTensor("float32", [pictures.length, 3, imageSize, imageSize], data),
    labels: labelTensor(pictures.map((picture) => labels[picture] ?? 0)),
  };
}
