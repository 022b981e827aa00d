import { ShapeError } from "../../errors.ts";
import type { Attributes, Value } from "../node.ts";
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
} from "./arguments.ts";

/** Extents of windows over height and width. */
interface Windows {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly pads: readonly number[];
  readonly dilations: readonly number[];
}

function windowsOf(kernel: readonly number[], attributes: Attributes, where: string): Windows {
  const strides = listOf(attributes, "strides", where);
  const pads = listOf(attributes, "pads", where);
  const dilations = attributes.dilations === undefined ? [1, 1] : listOf(attributes, "dilations", where);
  return { kernel, strides, pads, dilations };
}

/** Elements that a dilated window spans along one axis. */
function reachOf({ kernel, dilations }: Windows, axis: number): number {
  return (dilations[axis] ?? 1) * ((kernel[axis] ?? 1) - 1) + 1;
}

/** Zeros added along one axis, both ends together. */
function paddingOf({ pads }: Windows, axis: number): number {
  return (pads[axis] ?? 0) + (pads[axis + 2] ?? 0);
}

/** Number of windows along each axis; throws where not one fits. */
function countWindows(input: readonly number[], windows: Windows, where: string): number[] {
  return input.map((extent, axis) => {
    const padded = extent + paddingOf(windows, axis);
    const room = padded - reachOf(windows, axis);
    if (room < 0) {
      throw new ShapeError({
        where,
        expected: `windows of at most ${padded} elements along axis ${axis + 2}, padding included`,
        got: `${reachOf(windows, axis)}`,
      });
    }
    return Math.floor(room / (windows.strides[axis] ?? 1)) + 1;
  });
}

function imagesAt(inputs: readonly Value[], where: string): Value {
  const x = inputAt(inputs, 0, where);
  checkDtype(x, ["float32"], where);
  checkRank(x, 4, where);
  return x;
}

function kernelsAt(inputs: readonly Value[], where: string): Value {
  const weight = inputAt(inputs, 1, where);
  checkRank(weight, 4, where);
  checkSameDtype(inputAt(inputs, 0, where), weight, where);
  return weight;
}

/** `[B, I, h, w]` with kernels `[O, I / group, kh, kw]`. */
export const conv: InferenceRule = (inputs, attributes, where) => {
  const x = imagesAt(inputs, where);
  const weight = kernelsAt(inputs, where);
  const [batch = 0, channels = 0, ...extents] = x.shape;
  const [out = 0, inside = 0, ...kernel] = weight.shape;
  if (inside * integerOf(attributes, "group", where) !== channels) {
    throw new ShapeError({ where, expected: `kernels for ${channels} channels`, got: formatType(weight) });
  }
  const windows = windowsOf(kernel, attributes, where);
  return [{ dtype: x.dtype, shape: [batch, out, ...countWindows(extents, windows, where)] }];
};

/**
 * The transpose of a convolution: `[B, O, h, w]` with kernels `[O, I / group, kh, kw]`. `output_padding` adds the rows and
 * columns at the end that the convolution's strides never reached.
 */
export const convTranspose: InferenceRule = (inputs, attributes, where) => {
  const x = imagesAt(inputs, where);
  const weight = kernelsAt(inputs, where);
  const [batch = 0, channels = 0, ...extents] = x.shape;
  const [out = 0, inside = 0, ...kernel] = weight.shape;
  if (out !== channels) {
    throw new ShapeError({ where, expected: `kernels for ${channels} channels`, got: formatType(weight) });
  }
  const windows = windowsOf(kernel, attributes, where);
  const unreached = listOf(attributes, "output_padding", where);
  const shape = extents.map((extent, axis) => {
    const span = (windows.strides[axis] ?? 1) * (extent - 1) + reachOf(windows, axis);
    return span - paddingOf(windows, axis) + (unreached[axis] ?? 0);
  });
  checkExtents(shape, where);
  return [{ dtype: x.dtype, shape: [batch, inside * integerOf(attributes, "group", where), ...shape] }];
};

/** Means of non-padded windows. */
export const averagePool: InferenceRule = (inputs, attributes, where) => {
  const x = imagesAt(inputs, where);
  const [batch = 0, channels = 0, ...extents] = x.shape;
  const windows = windowsOf(listOf(attributes, "kernel_shape", where), attributes, where);
  return [{ dtype: x.dtype, shape: [batch, channels, ...countWindows(extents, windows, where)] }];
};
