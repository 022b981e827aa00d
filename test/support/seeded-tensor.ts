import { createTensor, type Tensor } from "../../src/tensor/tensor.ts";

/** Draws tensors of numbers between `-scale` and `scale`, the same at every run. */
export function seededTensor(seed: number): (shape: readonly number[], scale: number) => Tensor<"float32"> {
  let state = seed >>> 0;
  const next = () => {
    // The linear congruential generator of Numerical Recipes.
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
  return (shape, scale) => {
    const size = shape.reduce((product, extent) => product * extent, 1);
    return createTensor(
      "float32",
      shape,
      Float32Array.from({ length: size }, () => scale * next()),
    );
  };
}
