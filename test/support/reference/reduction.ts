import { type Array64, at, generate } from "./array64.ts";
import { inputOf, type ReferenceOperator, shapeOf } from "./operator.ts";

/** Elements of `a` that share all indices but those of `axes` with `index`. */
function alongAxes(a: Array64, index: readonly number[], axes: readonly number[]): number[] {
  let found = [[...index]];
  for (const axis of axes) {
    const extent = a.shape[axis] ?? 0;
    found = found.flatMap((one) => Array.from({ length: extent }, (_, i) => one.with(axis, i)));
  }
  return found.map((one) => at(a, one));
}

function normalized(axes: readonly number[], rank: number): number[] {
  return axes.map((axis) => (axis < 0 ? axis + rank : axis));
}

/** Reduces the elements along `axes` to one number. */
export function reduce(f: (elements: readonly number[]) => number): ReferenceOperator {
  return (inputs, attributes, outputs) => {
    const a = inputOf(inputs, 0);
    const axes = normalized(attributes.axes as readonly number[], a.shape.length);
    const kept = a.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
    const { data } = generate(kept, (index) => f(alongAxes(a, index, axes)));
    return [{ shape: shapeOf(outputs), data }];
  };
}

/** Sum of numbers. */
export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** `ln sum e^a`, shifted by the largest. */
function logSumExp(numbers: readonly number[]): number {
  const largest = Math.max(...numbers);
  return largest + Math.log(sum(numbers.map((number) => Math.exp(number - largest))));
}

export const logSoftmax: ReferenceOperator = (inputs, attributes) => {
  const a = inputOf(inputs, 0);
  const axes = normalized([attributes.axis as number], a.shape.length);
  return [generate(a.shape, (index) => at(a, index) - logSumExp(alongAxes(a, index, axes)))];
};

export const softmax: ReferenceOperator = (inputs, attributes, outputs) =>
  logSoftmax(inputs, attributes, outputs).map(({ shape, data }) => ({ shape, data: data.map(Math.exp) }));

/** Over the last axis; further outputs are mean and reciprocal standard deviation. */
export const layerNormalization: ReferenceOperator = (inputs, attributes) => {
  const x = inputOf(inputs, 0);
  const scale = inputOf(inputs, 1);
  const shift = inputs[2];
  const epsilon = attributes.epsilon as number;
  const last = x.shape.length - 1;
  const statistics = (f: (row: readonly number[]) => number) =>
    generate(x.shape.with(last, 1), (index) => f(alongAxes(x, index, [last])));
  const mean = statistics((row) => sum(row) / row.length);
  const reciprocal = statistics((row) => {
    const centre = sum(row) / row.length;
    const variance = sum(row.map((number) => (number - centre) ** 2)) / row.length;
    return 1 / Math.sqrt(variance + epsilon);
  });
  const y = generate(x.shape, (index) => {
    const row = index.with(last, 0);
    const column = index.slice(-1);
    const n = (at(x, index) - at(mean, row)) * at(reciprocal, row);
    return n * at(scale, column) + (shift === undefined ? 0 : at(shift, column));
  });
  return [y, mean, reciprocal];
};
