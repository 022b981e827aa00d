import { createTensor, type Tensor } from "./tensor.ts";

/**
 * Some rows of a tensor along its first axis, in the order of the indices; a copy.
 *
 * @param tensor float32 `[N, ...]`
 * @param rows indices into the first axis, `[M]`
 * @returns float32 `[M, ...]`
 */
export function takeRows({ data, shape }: Tensor<"float32">, rows: readonly number[]): Tensor<"float32"> {
  const size = shape.slice(1).reduce((product, length) => product * length, 1);
  const taken = new Float32Array(rows.length * size);
  for (const [index, row] of rows.entries()) {
    taken.set(data.subarray(row * size, (row + 1) * size), index * size);
  }
  return createTensor("float32", [rows.length, ...shape.slice(1)], taken);
}
