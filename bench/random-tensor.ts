import { createStream, fillNormal } from "../scripts/random-checkpoint/fill-normal.ts";
import type { Shape } from "../src/tensor/shape.ts";
import { type Tensor, zeros } from "../src/tensor/tensor.ts";

/** Normally distributed numbers, the same for the same seed: float32, mean 0, deviation 1. */
export function randomTensor(shape: Shape, seed: string): Tensor<"float32"> {
  const tensor = zeros(shape);
  fillNormal(tensor.data, createStream(seed), { mean: 0, deviation: 1 });
  return tensor;
}
