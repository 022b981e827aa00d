import { createTensor, type Tensor } from "./tensor.ts";

/**
 * L2-normalises features; a row of zeros stays zero. Lengths are summed in float64.
 *
 * @param features float32 `[N, D]`
 * @returns a new tensor of the same shape
 */
export function normalizeFeatures({ shape, data }: Tensor<"float32">): Tensor<"float32"> {
  const width = shape.at(-1) ?? 1;
  const result = new Float32Array(data.length);
  for (let start = 0; start < data.length; start += width) {
    let squares = 0;
    for (let i = start; i < start + width; i++) squares += data[i]! * data[i]!;
    const inverse = squares === 0 ? 0 : 1 / Math.sqrt(squares);
    for (let i = start; i < start + width; i++) result[i] = data[i]! * inverse;
  }
  return createTensor("float32", shape, result);
}
