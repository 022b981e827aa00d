import { createTensor, type Tensor } from "../tensor/tensor.ts";
import type { Batch } from "./feature-set.ts";

/**
 * Logits `[pictures, C]` that a loss is computed on at once, unless told otherwise: 1,000 classes at 16 shots. Forward and back they
 * take about a dozen arrays of this size, of 67 MB each.
 */
export const DEFAULT_MAX_LOGITS = 2 ** 24;

/**
 * Divides a batch into blocks, in order; all but the last have as many pictures. One that has few enough logits stays as it is; others
 * get blocks of half as many, as there is more beside them in memory.
 *
 * @param classCount C, with fixed classes
 * @param maxLogits that a batch may have; of one picture more, if there are more classes
 * @returns views of the batch, without copies
 */
export function splitPictures(
  batch: Batch,
  { classCount, maxLogits }: { readonly classCount: number; readonly maxLogits: number },
): Batch[] {
  const count = batch.labels.data.length;
  if (count * classCount <= maxLogits) return [batch];
  const most = Math.max(1, Math.floor(maxLogits / 2 / classCount));
  // Blocks of about one size: a small rest would load a graph of its own for little.
  const size = Math.ceil(count / Math.ceil(count / most));
  const starts = Array.from({ length: Math.ceil(count / size) }, (_, block) => block * size);
  return starts.map((start) => sliceBatch(batch, start, Math.min(start + size, count)));
}

function sliceBatch(batch: Batch, start: number, end: number): Batch {
  const labels = createTensor("int64", [end - start], batch.labels.data.subarray(start, end));
  if ("pixels" in batch) return { labels, pixels: slicePictures(batch.pixels, start, end) };
  return { labels, features: slicePictures(batch.features, start, end) };
}

function slicePictures({ shape, data }: Tensor<"float32">, start: number, end: number): Tensor<"float32"> {
  const size = data.length / (shape[0] ?? 1);
  return createTensor("float32", shape.with(0, end - start), data.subarray(start * size, end * size));
}
