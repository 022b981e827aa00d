import { type Tensor, zeros } from "../tensor/tensor.ts";

/** Copies rows of `width` numbers: row i comes from row `from[i]`, or goes to row `to[i]`. */
export function copyRows(
  source: Float32Array,
  target: Float32Array,
  { width, from, to }: { width: number; from?: readonly number[]; to?: readonly number[] },
): void {
  const count = (from ?? to)?.length ?? 0;
  for (let i = 0; i < count; i++) {
    const start = (from?.[i] ?? i) * width;
    target.set(source.subarray(start, start + width), (to?.[i] ?? i) * width);
  }
}

/** Puts a chunk's features `[size, D]` or `[G, size, D]` to where their classes are in those of all. */
export function scatterClasses(
  chunk: Tensor<"float32">,
  all: Tensor<"float32">,
  classes: readonly number[],
): void {
  for (const [from, to] of groups(chunk, all)) copyRows(from, to, { width: widthOf(all), to: classes });
}

/** Features of a chunk's classes, `[size, D]` or `[G, size, D]`; zeros where the chunk is filled up. */
export function gatherClasses(
  all: Tensor<"float32">,
  classes: readonly number[],
  size: number,
): Tensor<"float32"> {
  const chunk = zeros(all.shape.with(-2, size));
  for (const [from, to] of groups(all, chunk)) copyRows(from, to, { width: widthOf(all), from: classes });
  return chunk;
}

function widthOf({ shape }: Tensor): number {
  return shape.at(-1) ?? 0;
}

/** The matrices of each picture, side by side; one pair where there is no axis of pictures. */
function groups(source: Tensor<"float32">, target: Tensor<"float32">): [Float32Array, Float32Array][] {
  const count = source.shape.length === 3 ? (source.shape[0] ?? 0) : 1;
  const part = ({ data }: Tensor<"float32">, index: number) => {
    const length = data.length / count;
    return data.subarray(index * length, (index + 1) * length);
  };
  return Array.from({ length: count }, (_, index) => [part(source, index), part(target, index)]);
}
