import { type Array64, elementAt, generate } from "./array64.ts";
import { inputOf, type ReferenceOperator, shapeOf } from "./operator.ts";

/** Every pair of a window's offsets along height and width. */
function offsets(kernel: readonly number[]): [number, number][] {
  const [height = 1, width = 1] = kernel;
  return Array.from({ length: height * width }, (_, i) => [Math.floor(i / width), i % width]);
}

interface Windows {
  readonly strides: readonly [number, number];
  readonly pads: readonly [number, number, number, number];
  readonly dilations: readonly [number, number];
  readonly group: number;
}

/** `y[b, o, i, j] = sum over channels and offsets of x[b, c, i s + k d - p, ...] w[o, c, k, ...]`; outside of x there are zeros. */
export const conv: ReferenceOperator = (inputs, attributes, outputs) => {
  const x = inputOf(inputs, 0);
  const weight = inputOf(inputs, 1);
  const { strides, pads, dilations, group } = attributes as unknown as Windows;
  const [out = 0, inside = 0, ...kernel] = weight.shape;
  return [
    generate(shapeOf(outputs), ([b = 0, o = 0, i = 0, j = 0]) => {
      const firstChannel = Math.floor(o / (out / group)) * inside;
      let sum = 0;
      for (let c = 0; c < inside; c++) {
        for (const [k, l] of offsets(kernel)) {
          const row = i * strides[0] + k * dilations[0] - pads[0];
          const column = j * strides[1] + l * dilations[1] - pads[1];
          const pixel = elementAt(x, [b, firstChannel + c, row, column]) ?? 0;
          sum += pixel * (elementAt(weight, [o, c, k, l]) ?? 0);
        }
      }
      return sum;
    }),
  ];
};

/** Each element of x is spread over its window, where a convolution with these strides and pads would have read it. */
export const convTranspose: ReferenceOperator = (inputs, attributes, outputs) => {
  const x = inputOf(inputs, 0);
  const weight = inputOf(inputs, 1);
  const { strides, pads, dilations, group } = attributes as unknown as Windows;
  const [channels = 0, outside = 0, ...kernel] = weight.shape;
  const shape = shapeOf(outputs);
  const result: Array64 = generate(shape, () => 0);
  const add = (index: readonly number[], amount: number) => {
    if (elementAt(result, index) === undefined) return;
    const position = index.reduce((total, i, axis) => total * (shape[axis] ?? 1) + i, 0);
    result.data[position]! += amount;
  };
  generate(x.shape, ([b = 0, c = 0, i = 0, j = 0]) => {
    const firstChannel = Math.floor(c / (channels / group)) * outside;
    for (let o = 0; o < outside; o++) {
      for (const [k, l] of offsets(kernel)) {
        const row = i * strides[0] + k * dilations[0] - pads[0];
        const column = j * strides[1] + l * dilations[1] - pads[1];
        const amount = (elementAt(x, [b, c, i, j]) ?? 0) * (elementAt(weight, [c, o, k, l]) ?? 0);
        add([b, firstChannel + o, row, column], amount);
      }
    }
    return 0;
  });
  return [result];
};

/** Means of windows without padding. */
export const averagePool: ReferenceOperator = (inputs, attributes, outputs) => {
  const x = inputOf(inputs, 0);
  const [down = 1, across = 1] = attributes.strides as readonly number[];
  const window = offsets(attributes.kernel_shape as readonly number[]);
  return [
    generate(shapeOf(outputs), ([b = 0, c = 0, i = 0, j = 0]) => {
      const pixels = window.map(([k, l]) => elementAt(x, [b, c, i * down + k, j * across + l]) ?? 0);
      return pixels.reduce((a, b) => a + b, 0) / window.length;
    }),
  ];
};
