import { sliceRows } from "../tensor/slice-rows.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { DEFAULT_MAX_LOGITS } from "./picture-blocks.ts";

/**
 * Features of pictures in blocks whose logits fit into memory: 50,000 pictures of 21,000 classes have 4.2 GB of logits, of which
 * an evaluation keeps a few numbers a picture.
 *
 * @param features of the pictures, float32 `[N, D]`
 * @param options `classCount` is C; `maxLogits` that a block may have, of one picture more if there are more classes
 * @returns float32 `[n, D]` each, views, in order
 */
export function* featureBlocks(
  features: Tensor<"float32">,
  {
    classCount,
    maxLogits = DEFAULT_MAX_LOGITS,
  }: { readonly classCount: number; readonly maxLogits?: number },
): Generator<Tensor<"float32">> {
  const count = features.shape[0] ?? 0;
  const atOnce = Math.max(1, Math.floor(maxLogits / classCount));
  for (let start = 0; start < count; start += atOnce) {
    yield sliceRows(features, start, Math.min(start + atOnce, count)) as Tensor<"float32">;
  }
}
