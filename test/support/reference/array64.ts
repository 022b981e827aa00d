import { type Shape, sizeOf, stridesOf } from "../../../src/tensor/shape.ts";
import type { Tensor } from "../../../src/tensor/tensor.ts";

/** A dense row-major array of numbers in float64, whatever the dtype that it stands for; booleans are 0 and 1. */
export interface Array64 {
  readonly shape: Shape;
  readonly data: Float64Array;
}

/** Fills an array by a function of the index. */
export function generate(shape: Shape, element: (index: readonly number[]) => number): Array64 {
  const data = new Float64Array(sizeOf(shape));
  for (let i = 0; i < data.length; i++) data[i] = element(indexOf(i, shape));
  return { shape, data };
}

/** The index of the element at a position in memory. */
export function indexOf(position: number, shape: Shape): number[] {
  return stridesOf(shape).map((stride, axis) => Math.floor(position / stride) % (shape[axis] ?? 1));
}

/** The element at an index; indices beyond either end of an axis give `undefined`. */
export function elementAt(a: Array64, index: readonly number[]): number | undefined {
  const strides = stridesOf(a.shape);
  let position = 0;
  for (const [axis, i] of index.entries()) {
    if (i < 0 || i >= (a.shape[axis] ?? 1)) return undefined;
    position += i * (strides[axis] ?? 0);
  }
  return a.data[position];
}

/** The element at an index that is inside. */
export function at(a: Array64, index: readonly number[]): number {
  const found = elementAt(a, index);
  if (found === undefined) throw new RangeError(`index [${index}] of an array [${a.shape}]`);
  return found;
}

/** The element of a stretched array at an index of the broadcast result. */
export function broadcastAt(a: Array64, index: readonly number[]): number {
  const own = index.slice(index.length - a.shape.length);
  return at(
    a,
    own.map((i, axis) => (a.shape[axis] === 1 ? 0 : i)),
  );
}

/** A tensor's elements as float64; not for float16 and bfloat16, which hold bit patterns. */
export function toArray64({ dtype, shape, data }: Tensor): Array64 {
  if (dtype === "float16" || dtype === "bfloat16") throw new RangeError(`${dtype} is not read here`);
  return { shape, data: Float64Array.from(data as ArrayLike<number | bigint>, Number) };
}
