import { ShapeError } from "../../errors.ts";
import { broadcastShapes } from "../../tensor/shape.ts";
import type { Value, ValueType } from "../node.ts";
import { checkDtype, checkSameDtype, formatType, type InferenceRule, inputAt } from "./arguments.ts";

/** The type of two inputs of one dtype, broadcast to a common shape. */
function broadcastType(a: Value, b: Value, where: string): ValueType {
  checkSameDtype(a, b, where);
  const shape = broadcastShapes(a.shape, b.shape);
  if (shape === undefined) {
    throw new ShapeError({
      where,
      expected: "shapes that broadcast",
      got: `${formatType(a)} and ${formatType(b)}`,
    });
  }
  return { dtype: a.dtype, shape };
}

/** Two numeric inputs of one dtype, broadcast to a common shape. */
export const binary: InferenceRule = (inputs, _attributes, where) => {
  const a = inputAt(inputs, 0, where);
  checkDtype(a, ["float32", "float64", "int64", "int32"], where);
  return [broadcastType(a, inputAt(inputs, 1, where), where)];
};

/** Two inputs compared element by element. */
export const comparison: InferenceRule = (inputs, attributes, where) =>
  binary(inputs, attributes, where).map(({ shape }) => ({ dtype: "bool", shape }));

/** One floating-point input, kept in shape. */
export const unary: InferenceRule = (inputs, _attributes, where) => {
  const a = inputAt(inputs, 0, where);
  checkDtype(a, ["float32", "float64"], where);
  return [{ dtype: a.dtype, shape: a.shape }];
};

/** Picks from two inputs by a third of dtype bool. */
export const where3: InferenceRule = (inputs, _attributes, where) => {
  const condition = inputAt(inputs, 0, where);
  checkDtype(condition, ["bool"], where);
  const picked = broadcastType(inputAt(inputs, 1, where), inputAt(inputs, 2, where), where);
  const shape = broadcastShapes(condition.shape, picked.shape);
  if (shape === undefined) {
    throw new ShapeError({
      where,
      expected: "shapes that broadcast",
      got: inputs.map(formatType).join(", "),
    });
  }
  return [{ dtype: picked.dtype, shape }];
};

/** Another dtype, the same shape; from float16 and bfloat16 too, which is how narrow weights are widened. */
export const cast: InferenceRule = (inputs, attributes, where) => {
  const a = inputAt(inputs, 0, where);
  const to = attributes.to;
  if (to !== "float32" && to !== "int64" && to !== "float64") {
    throw new ShapeError({ where, expected: 'attribute "to" float32, float64 or int64', got: String(to) });
  }
  return [{ dtype: to, shape: a.shape }];
};
