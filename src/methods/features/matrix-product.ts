import { createTensor, type Tensor } from "../../tensor/tensor.ts";

/** A matrix of numbers, row-major. */
export type Matrix = Tensor<"float32"> | Tensor<"float64">;

/** Terms of a sum that are done in one go, rows of `a`, and rows of `b`: what a step touches, 72 KiB, stays in the nearest caches. */
const [DEPTH, ROWS, COLUMNS] = [256, 4, 32];

/**
 * `a @ b^T`, products and sums in float64, whatever the inputs are. About 3 GFLOP/s.
 *
 * Not by the engine: closed forms need float64, and scoring has no engine at hand. Both inputs are copied to small float64
 * arrays block by block: the inner loop then sees one kind of array, which makes it eight times as fast as without.
 *
 * @param a `[M, D]`
 * @param b `[N, D]`
 * @returns float64 `[M, N]`
 */
export function multiplyTransposed(a: Matrix, b: Matrix): Tensor<"float64"> {
  const [rows = 0, depth = 0] = a.shape;
  const [columns = 0] = b.shape;
  const result = new Float64Array(rows * columns);
  const left = new Float64Array(ROWS * DEPTH);
  const right = new Float64Array(COLUMNS * DEPTH);
  for (let k = 0; k < depth; k += DEPTH) {
    for (let column = 0; column < columns; column += COLUMNS) {
      copyBlock(b, right, { row: column, rows: COLUMNS, from: k });
      for (let row = 0; row < rows; row += ROWS) {
        copyBlock(a, left, { row, rows: ROWS, from: k });
        addBlock(left, right, result, { row, column, rows, columns, length: Math.min(DEPTH, depth - k) });
      }
    }
  }
  return createTensor("float64", [rows, columns], result);
}

/** Copies rows into a block; those beyond the last stay as they were, as nothing reads their products. */
function copyBlock(
  { shape, data }: Matrix,
  block: Float64Array,
  { row, rows, from }: { row: number; rows: number; from: number },
): void {
  const [count = 0, depth = 0] = shape;
  const end = Math.min(from + DEPTH, depth);
  for (let i = 0; i < Math.min(rows, count - row); i++) {
    const start = (row + i) * depth;
    block.set(data.subarray(start + from, start + end), i * DEPTH);
  }
}

interface BlockPlace {
  /** Of the result: where the block begins, and how large all of it is. */
  readonly row: number;
  readonly column: number;
  readonly rows: number;
  readonly columns: number;
  /** Terms of each sum. */
  readonly length: number;
}

/** Adds the products of four rows with pairs of others: eight sums stay in registers for six numbers that are read. */
function addBlock(left: Float64Array, right: Float64Array, result: Float64Array, place: BlockPlace): void {
  const { row, column, rows, columns, length } = place;
  const end = Math.min(COLUMNS, columns - column);
  for (let j = 0; j < end; j += 2) {
    const b0 = j * DEPTH;
    const b1 = b0 + DEPTH;
    let s00 = 0;
    let s01 = 0;
    let s10 = 0;
    let s11 = 0;
    let s20 = 0;
    let s21 = 0;
    let s30 = 0;
    let s31 = 0;
    for (let k = 0; k < length; k++) {
      const x = right[b0 + k]!;
      const y = right[b1 + k]!;
      const p = left[k]!;
      const q = left[DEPTH + k]!;
      const r = left[2 * DEPTH + k]!;
      const s = left[3 * DEPTH + k]!;
      s00 += p * x;
      s01 += p * y;
      s10 += q * x;
      s11 += q * y;
      s20 += r * x;
      s21 += r * y;
      s30 += s * x;
      s31 += s * y;
    }
    const isPair = j + 1 < end;
    const start = row * columns + column + j;
    addPair(result, start, s00, s01, isPair);
    if (row + 1 < rows) addPair(result, start + columns, s10, s11, isPair);
    if (row + 2 < rows) addPair(result, start + 2 * columns, s20, s21, isPair);
    if (row + 3 < rows) addPair(result, start + 3 * columns, s30, s31, isPair);
  }
}

function addPair(result: Float64Array, at: number, first: number, second: number, isPair: boolean): void {
  result[at]! += first;
  if (isPair) result[at + 1]! += second;
}

/** `a^T`. */
export function transpose(a: Matrix): Tensor<"float64"> {
  const [rows = 0, columns = 0] = a.shape;
  const result = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) result[j * rows + i] = a.data[i * columns + j]!;
  }
  return createTensor("float64", [columns, rows], result);
}

/** The numbers as float32. */
export function roundToFloat32({ shape, data }: Matrix): Tensor<"float32"> {
  return createTensor("float32", shape, Float32Array.from(data));
}
