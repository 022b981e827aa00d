import type { Attributes, ValueType } from "../../../src/graph/node.ts";
import type { Array64 } from "./array64.ts";

/** Computes one operator in float64, straight from its definition in the ONNX documentation. */
export type ReferenceOperator = (
  inputs: readonly Array64[],
  attributes: Attributes,
  /** Types that shape inference found; movement operators take the shape from here. */
  outputs: readonly ValueType[],
) => readonly Array64[];

/** The input at an index of an operator that is known to have it. */
export function inputOf(inputs: readonly Array64[], index: number): Array64 {
  return inputs[index] as Array64;
}

/** The shape that inference found for the first output. */
export function shapeOf(outputs: readonly ValueType[]): readonly number[] {
  return (outputs[0] as ValueType).shape;
}
