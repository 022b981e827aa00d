import { ShapeError } from "../../errors.ts";
import { broadcastShapes, formatShape, sameShape, sizeOf } from "../../tensor/shape.ts";
import {
  checkDtype,
  checkExtents,
  checkRank,
  checkSameDtype,
  formatType,
  type InferenceRule,
  inputAt,
  integerOf,
  listOf,
  normalizeAxis,
} from "./arguments.ts";

/** Axes in the order of `perm`. */
export const transpose: InferenceRule = (inputs, attributes, where) => {
  const a = inputAt(inputs, 0, where);
  const perm = listOf(attributes, "perm", where);
  const sorted = [...perm].sort((x, y) => x - y);
  if (
    !sameShape(
      sorted,
      a.shape.map((_, axis) => axis),
    )
  ) {
    throw new ShapeError({
      where,
      expected: `a permutation of ${a.shape.length} axes`,
      got: formatShape(perm),
    });
  }
  return [{ dtype: a.dtype, shape: perm.map((axis) => a.shape[axis] ?? 0) }];
};

/** The same elements under another shape. */
export const reshape: InferenceRule = (inputs, attributes, where) => {
  const a = inputAt(inputs, 0, where);
  const shape = listOf(attributes, "shape", where);
  checkExtents(shape, where);
  if (sizeOf(shape) !== sizeOf(a.shape)) {
    throw new ShapeError({
      where,
      expected: `${sizeOf(a.shape)} elements as in ${formatShape(a.shape)}`,
      got: formatShape(shape),
    });
  }
  return [{ dtype: a.dtype, shape }];
};

/** Broadcast to a larger shape. */
export const expand: InferenceRule = (inputs, attributes, where) => {
  const a = inputAt(inputs, 0, where);
  const shape = listOf(attributes, "shape", where);
  checkExtents(shape, where);
  const common = broadcastShapes(a.shape, shape);
  if (common === undefined || !sameShape(common, shape)) {
    throw new ShapeError({
      where,
      expected: `a shape that broadcasts to ${formatShape(shape)}`,
      got: formatShape(a.shape),
    });
  }
  return [{ dtype: a.dtype, shape }];
};

/** Inputs joined along `axis`; all other extents are equal. */
export const concat: InferenceRule = (inputs, attributes, where) => {
  const first = inputAt(inputs, 0, where);
  const axis = normalizeAxis(integerOf(attributes, "axis", where), first.shape.length, where);
  let extent = 0;
  for (const value of inputs) {
    const others = value.shape.map((size, i) => (i === axis ? first.shape[i] : size));
    if (value.dtype !== first.dtype || !sameShape(others as number[], first.shape)) {
      throw new ShapeError({
        where,
        expected: `${formatType(first)} but for axis ${axis}`,
        got: formatType(value),
      });
    }
    extent += value.shape[axis] ?? 0;
  }
  return [{ dtype: first.dtype, shape: first.shape.map((size, i) => (i === axis ? extent : size)) }];
};

/** A range `[start, end)` of one axis. */
export const slice: InferenceRule = (inputs, attributes, where) => {
  const a = inputAt(inputs, 0, where);
  const axis = normalizeAxis(integerOf(attributes, "axis", where), a.shape.length, where);
  const start = integerOf(attributes, "start", where);
  const end = integerOf(attributes, "end", where);
  const extent = a.shape[axis] ?? 0;
  if (start < 0 || end > extent || start >= end) {
    throw new ShapeError({ where, expected: `0 <= start < end <= ${extent}`, got: `[${start}, ${end})` });
  }
  return [{ dtype: a.dtype, shape: a.shape.map((size, i) => (i === axis ? end - start : size)) }];
};

/** Rows of axis 0 by index: `[N, ...]` and `[M...]` give `[M..., ...]`. */
export const gather: InferenceRule = (inputs, _attributes, where) => {
  const a = inputAt(inputs, 0, where);
  const indices = inputAt(inputs, 1, where);
  checkDtype(indices, ["int64"], where);
  if (a.shape.length === 0)
    throw new ShapeError({ where, expected: "at least one axis", got: formatType(a) });
  return [{ dtype: a.dtype, shape: [...indices.shape, ...a.shape.slice(1)] }];
};

/** Adds rows `[M, ...]` to axis 0 of `[N, ...]` at int64 indices `[M]`. */
export const scatterRows: InferenceRule = (inputs, _attributes, where) => {
  const a = inputAt(inputs, 0, where);
  const indices = inputAt(inputs, 1, where);
  const updates = inputAt(inputs, 2, where);
  checkDtype(indices, ["int64"], where);
  checkRank(indices, 1, where);
  checkSameDtype(a, updates, where);
  if (a.shape.length === 0 || !sameShape(updates.shape, [...indices.shape, ...a.shape.slice(1)])) {
    throw new ShapeError({
      where,
      expected: "data [N, ...], indices [M], updates [M, ...]",
      got: inputs.map(formatType).join(", "),
    });
  }
  return [{ dtype: a.dtype, shape: a.shape }];
};

/** A float32 axis of length `depth` appended to int64 labels, 1 at the label and 0 elsewhere. */
export const oneHot: InferenceRule = (inputs, attributes, where) => {
  const a = inputAt(inputs, 0, where);
  checkDtype(a, ["int64"], where);
  const depth = integerOf(attributes, "depth", where);
  checkExtents([depth], where);
  return [{ dtype: "float32", shape: [...a.shape, depth] }];
};
