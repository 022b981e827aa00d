import { ShapeError } from "../errors.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** An optimiser over named float32 parameters, which it changes in place. */
export interface Optimizer {
  /**
   * Takes one step.
   *
   * @param parameters values by name, changed in place; a parameter may join or leave between steps
   * @param gradients of the loss for each of them; others are not looked at
   * @param learningRate of this step
   * @throws {ShapeError} if a parameter has no gradient, or its gradient or saved state has another length
   */
  step(
    parameters: Readonly<Record<string, Float32Array>>,
    gradients: Readonly<Record<string, Float32Array>>,
    learningRate: number,
  ): void;
  /** What later steps depend on, by name; copies. */
  state(): Record<string, Tensor>;
  /**
   * Continues where {@link state} was taken; entries of others in it are not looked at.
   *
   * @throws {ModelFileError} if an entry of its own is not what it wrote
   */
  restore(state: Readonly<Record<string, Tensor>>): void;
}

/**
 * The gradient of a parameter.
 *
 * @throws {ShapeError} if there is none, or it has another length
 */
export function gradientOf(
  gradients: Readonly<Record<string, Float32Array>>,
  name: string,
  parameter: Float32Array,
): Float32Array {
  const gradient = gradients[name];
  if (gradient?.length === parameter.length) return gradient;
  throw new ShapeError({
    where: `gradient of "${name}"`,
    expected: `${parameter.length} numbers, as the parameter has`,
    got: gradient === undefined ? "none" : `${gradient.length}`,
  });
}
