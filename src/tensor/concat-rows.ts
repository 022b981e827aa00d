import { createTensor, type Tensor } from "./tensor.ts";

/**
 * Joins tensors along their first axis.
 *
 * @param tensors float32 `[rows, ...]`, alike but for the rows; one at least
 * @returns a copy
 */
export function concatRows(tensors: readonly Tensor<"float32">[]): Tensor<"float32"> {
  const rows = tensors.reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0);
  const data = new Float32Array(tensors.reduce((sum, part) => sum + part.data.length, 0));
  let start = 0;
  for (const part of tensors) {
    data.set(part.data, start);
    start += part.data.length;
  }
  return createTensor("float32", [rows, ...(tensors[0]?.shape.slice(1) ?? [])], data);
}
