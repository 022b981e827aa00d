import { ShapeError } from "../../errors.ts";
import type { Attributes } from "../node.ts";
import { checkRank, formatType, type InferenceRule, inputAt, integerOf, listOf } from "./arguments.ts";

/** Extents of a window operator along one axis. */
function windowExtent(input: number, kernel: number, attributes: Attributes, axis: number): number {
  const strides = attributes.strides as readonly number[];
  const pads = attributes.pads as readonly number[];
  const dilations = (attributes.dilations as readonly number[] | undefined) ?? [1, 1];
  const reach = (dilations[axis] ?? 1) * (kernel - 1) + 1;
  return Math.floor((input + (pads[axis] ?? 0) + (pads[axis + 2] ?? 0) - reach) / (strides[axis] ?? 1)) + 1;
}

/** `[B, I, h, w]` with kernels `[O, I / group, kh, kw]`. */
export const conv: InferenceRule = (inputs, attributes, where) => {
  const x = inputAt(inputs, 0, where);
  const weight = inputAt(inputs, 1, where);
  checkRank(x, 4, where);
  checkRank(weight, 4, where);
  listOf(attributes, "strides", where);
  listOf(attributes, "pads", where);
  const [batch = 0, channels = 0, height = 0, width = 0] = x.shape;
  const [out = 0, inside = 0, kernelHeight = 0, kernelWidth = 0] = weight.shape;
  if (inside * integerOf(attributes, "group", where) !== channels) {
    throw new ShapeError({ where, expected: `kernels for ${channels} channels`, got: formatType(weight) });
  }
  const shape = [
    batch,
    out,
    windowExtent(height, kernelHeight, attributes, 0),
    windowExtent(width, kernelWidth, attributes, 1),
  ];
  return [{ dtype: x.dtype, shape }];
};

/** The transpose of a convolution: `[B, O, h, w]` with kernels `[O, I / group, kh, kw]`, to the extents in `output_shape`. */
export const convTranspose: InferenceRule = (inputs, attributes, where) => {
  const x = inputAt(inputs, 0, where);
  const weight = inputAt(inputs, 1, where);
  checkRank(x, 4, where);
  checkRank(weight, 4, where);
  const [height = 0, width = 0] = listOf(attributes, "output_shape", where);
  const channels = (weight.shape[1] ?? 0) * integerOf(attributes, "group", where);
  if (weight.shape[0] !== x.shape[1]) {
    throw new ShapeError({ where, expected: `kernels [${x.shape[1]}, ...]`, got: formatType(weight) });
  }
  return [{ dtype: x.dtype, shape: [x.shape[0] ?? 0, channels, height, width] }];
};

/** Means of non-padded windows. */
export const averagePool: InferenceRule = (inputs, attributes, where) => {
  const x = inputAt(inputs, 0, where);
  checkRank(x, 4, where);
  const [kernelHeight = 0, kernelWidth = 0] = listOf(attributes, "kernel_shape", where);
  const [batch = 0, channels = 0, height = 0, width = 0] = x.shape;
  const shape = [
    batch,
    channels,
    windowExtent(height, kernelHeight, attributes, 0),
    windowExtent(width, kernelWidth, attributes, 1),
  ];
  return [{ dtype: x.dtype, shape }];
};
