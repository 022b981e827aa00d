import { ShapeError } from "../../errors.ts";
import { broadcastShapes } from "../../tensor/shape.ts";
import { checkDtype, formatType, type InferenceRule, inputAt } from "./arguments.ts";

/** Two inputs of one dtype, broadcast to a common shape. */
export const binary: InferenceRule = (inputs, _attributes, where) => {
  const a = inputAt(inputs, 0, where);
  const b = inputAt(inputs, 1, where);
  const shape = broadcastShapes(a.shape, b.shape);
  if (shape === undefined || a.dtype !== b.dtype) {
    throw new ShapeError({
      where,
      expected: "one dtype and shapes that broadcast",
      got: `${formatType(a)} and ${formatType(b)}`,
    });
  }
  return [{ dtype: a.dtype, shape }];
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
export const where3: InferenceRule = (inputs, attributes, where) => {
  const condition = inputAt(inputs, 0, where);
  checkDtype(condition, ["bool"], where);
  const [picked] = binary(inputs.slice(1), attributes, where);
  const shape = picked && broadcastShapes(condition.shape, picked.shape);
  if (picked === undefined || shape === undefined) {
    throw new ShapeError({
      where,
      expected: "shapes that broadcast",
      got: inputs.map(formatType).join(", "),
    });
  }
  return [{ dtype: picked.dtype, shape }];
};

/** Another dtype, the same shape. */
export const cast: InferenceRule = (inputs, attributes, where) => {
  const a = inputAt(inputs, 0, where);
  const to = attributes.to;
  if (to !== "float32" && to !== "int64" && to !== "float64") {
    throw new ShapeError({ where, expected: 'attribute "to" float32, float64 or int64', got: String(to) });
  }
  return [{ dtype: to, shape: a.shape }];
};
