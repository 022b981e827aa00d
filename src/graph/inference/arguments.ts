import { ShapeError } from "../../errors.ts";
import type { Dtype } from "../../tensor/dtype.ts";
import { formatShape, type Shape } from "../../tensor/shape.ts";
import type { Attributes, Value, ValueType } from "../node.ts";

/** Works out the outputs' types of one operator, or throws a {@link ShapeError} that says why its inputs do not fit. */
export type InferenceRule = (inputs: readonly Value[], attributes: Attributes, where: string) => ValueType[];

/** Writes a value's type as error messages show it, such as `float32 [3, 512]`. */
export function formatType(value: ValueType): string {
  return `${value.dtype} ${formatShape(value.shape)}`;
}

/** The input at `index`, which must be there. */
export function inputAt(inputs: readonly Value[], index: number, where: string): Value {
  const value = inputs[index];
  if (value === undefined) {
    throw new ShapeError({ where, expected: `an input ${index}`, got: `${inputs.length} inputs` });
  }
  return value;
}

/** Throws unless the value has one of the dtypes. */
export function checkDtype(value: Value, allowed: readonly Dtype[], where: string): void {
  if (!allowed.includes(value.dtype)) {
    throw new ShapeError({ where, expected: allowed.join(" or "), got: formatType(value) });
  }
}

/** Throws unless two values have one dtype. */
export function checkSameDtype(a: Value, b: Value, where: string): void {
  if (a.dtype !== b.dtype) {
    throw new ShapeError({
      where,
      expected: "inputs of one dtype",
      got: `${formatType(a)} and ${formatType(b)}`,
      fix: "Cast one of them.",
    });
  }
}

/** Throws unless all extents are positive integers: an empty tensor is a mistake in a model, and -1 is not inferred. */
export function checkExtents(shape: Shape, where: string): void {
  if (!shape.every((extent) => Number.isInteger(extent) && extent > 0)) {
    throw new ShapeError({ where, expected: "positive whole extents", got: formatShape(shape) });
  }
}

/** Throws unless the value has the rank. */
export function checkRank(value: Value, rank: number, where: string): void {
  if (value.shape.length !== rank) {
    throw new ShapeError({ where, expected: `${rank} axes`, got: formatType(value) });
  }
}

/** An integer attribute. */
export function integerOf(attributes: Attributes, name: string, where: string): number {
  const value = attributes[name];
  if (typeof value !== "number" || !Number.isInteger(value)) {
    throw new ShapeError({ where, expected: `an integer attribute "${name}"`, got: String(value) });
  }
  return value;
}

/** A list attribute. */
export function listOf(attributes: Attributes, name: string, where: string): readonly number[] {
  const value = attributes[name];
  if (value === undefined || typeof value === "number" || typeof value === "string") {
    throw new ShapeError({ where, expected: `a list attribute "${name}"`, got: String(value) });
  }
  return value;
}

/** A non-negative axis below `rank`, counted from the end where it is negative. */
export function normalizeAxis(axis: number, rank: number, where: string): number {
  const normalized = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(normalized) || normalized < 0 || normalized >= rank) {
    throw new ShapeError({ where, expected: `an axis in [${-rank}, ${rank})`, got: String(axis) });
  }
  return normalized;
}
