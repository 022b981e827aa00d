import { ShapeError } from "../../errors.ts";
import { formatShape } from "../../tensor/shape.ts";
import {
  checkDtype,
  checkSameDtype,
  formatType,
  type InferenceRule,
  inputAt,
  integerOf,
  listOf,
  normalizeAxis,
} from "./arguments.ts";

/** Reduces the listed axes, at least one; `keepdims` leaves them with extent 1. */
export const reduce: InferenceRule = (inputs, attributes, where) => {
  const a = inputAt(inputs, 0, where);
  checkDtype(a, ["float32", "float64"], where);
  const axes = listOf(attributes, "axes", where).map((axis) => normalizeAxis(axis, a.shape.length, where));
  if (axes.length === 0 || new Set(axes).size !== axes.length) {
    throw new ShapeError({ where, expected: "one axis or more, each once", got: formatShape(axes) });
  }
  const keep = attributes.keepdims === 1;
  const shape = a.shape
    .map((extent, axis) => (axes.includes(axis) ? 1 : extent))
    .filter((_, axis) => keep || !axes.includes(axis));
  return [{ dtype: a.dtype, shape }];
};

/** Softmax and its logarithm along `axis`. */
export const softmax: InferenceRule = (inputs, attributes, where) => {
  const a = inputAt(inputs, 0, where);
  checkDtype(a, ["float32", "float64"], where);
  normalizeAxis(integerOf(attributes, "axis", where), a.shape.length, where);
  return [{ dtype: a.dtype, shape: a.shape }];
};

/** Normalises the last axis; further outputs are the mean and the reciprocal standard deviation, `[..., 1]`. */
export const layerNormalization: InferenceRule = (inputs, _attributes, where) => {
  const x = inputAt(inputs, 0, where);
  checkDtype(x, ["float32", "float64"], where);
  for (const parameter of [inputAt(inputs, 1, where), ...inputs.slice(2)]) {
    checkSameDtype(x, parameter, where);
    if (parameter.shape.length !== 1 || parameter.shape[0] !== x.shape.at(-1)) {
      throw new ShapeError({
        where,
        expected: `scale and shift [${x.shape.at(-1)}]`,
        got: formatType(parameter),
      });
    }
  }
  const statistics = { dtype: x.dtype, shape: [...x.shape.slice(0, -1), 1] };
  return [{ dtype: x.dtype, shape: x.shape }, statistics, statistics];
};
