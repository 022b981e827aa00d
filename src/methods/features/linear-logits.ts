import type { Tensor } from "../../tensor/tensor.ts";
import { type Matrix, multiplyTransposed } from "./matrix-product.ts";

/**
 * `f w^T + b` of every picture and class.
 *
 * @param features `[N, D]`
 * @returns float64 `[N, C]`
 */
export function linearLogits(
  features: Matrix,
  { weight, bias }: { readonly weight: Matrix; readonly bias?: ArrayLike<number> },
): Tensor<"float64"> {
  const logits = multiplyTransposed(features, weight);
  const classCount = weight.shape[0] ?? 0;
  if (bias !== undefined) {
    for (let i = 0; i < logits.data.length; i++) logits.data[i]! += bias[i % classCount]!;
  }
  return logits;
}
