import type { GraphBuilder } from "../../graph/builder.ts";
import { normalizeAxis } from "../../graph/inference/arguments.ts";
import type { Value } from "../../graph/node.ts";
import { sameShape, sizeOf } from "../../tensor/shape.ts";
import { type GradientRule, operand, scalarLike, unbroadcast } from "../rule.ts";

/** Axes go back to where they came from. */
export const transpose: GradientRule = (g, { node, dy }) => {
  const perm = node.attributes.perm as readonly number[];
  const inverse = perm.map((_, axis) => perm.indexOf(axis));
  return [g.transpose(dy, inverse)];
};

/** The gradient takes the old shape. */
export const reshape: GradientRule = (g, c) => [g.reshape(c.dy, operand(c, 0).shape)];

/** Stretched axes are summed. */
export const expand: GradientRule = (g, c) => [unbroadcast(g, c.dy, operand(c, 0))];

/** Each input gets its range. */
export const concat: GradientRule = (g, c) => {
  const axis = normalizeAxis(c.node.attributes.axis as number, c.dy.shape.length, "Concat");
  let start = 0;
  return c.inputs.map((input, index) => {
    const end = start + (input.shape[axis] ?? 0);
    const gradient = c.needs(index) ? g.slice(c.dy, axis, start, end) : null;
    start = end;
    return gradient;
  });
};

/** Zeros around the range. */
export const slice: GradientRule = (g, c) => {
  const a = operand(c, 0);
  const { axis: raw, start, end } = c.node.attributes as { axis: number; start: number; end: number };
  const axis = normalizeAxis(raw, a.shape.length, "Slice");
  const zeros = (extent: number): Value[] => {
    if (extent === 0) return [];
    const shape = a.shape.map((size, i) => (i === axis ? extent : size));
    return [g.expand(scalarLike(g, 0, a), shape)];
  };
  return [g.concat([...zeros(start), c.dy, ...zeros((a.shape[axis] ?? 0) - end)], axis)];
};

/** Rows are added where they were read; where the gather only reorders rows, they are gathered back. */
export const gather: GradientRule = (g, c) => {
  const a = operand(c, 0);
  const indices = operand(c, 1);
  const width = a.shape.slice(1);
  const rows = sizeOf(indices.shape);
  const flat = g.reshape(c.dy, [rows, ...width]);
  const inverse = c.node.inverse;
  if (inverse !== undefined) {
    const back = g.permuteRows(flat, inverse.indices, { indices: g.reshape(indices, [rows]) });
    return [inverse.present === undefined ? back : g.mul(back, columnLike(g, inverse.present, back)), null];
  }
  return [g.scatterAdd(g.expand(scalarLike(g, 0, a), a.shape), g.reshape(indices, [rows]), flat), null];
};

/** A number for each row, `[rows, 1]`, in the rank and dtype of `like`. */
function columnLike(g: GraphBuilder, column: Value, like: Value): Value {
  const shape = like.shape.map((extent, axis) => (axis === 0 ? extent : 1));
  const cast = like.dtype === "float64" ? g.cast(column, "float64") : column;
  return sameShape(cast.shape, shape) ? cast : g.reshape(cast, shape);
}

/** y = data with updates added: data's gradient passes, the updates' is read at their rows. */
export const scatterAdd: GradientRule = (g, c) => [
  c.dy,
  null,
  c.needs(2) ? g.gather(c.dy, operand(c, 1)) : null,
];
