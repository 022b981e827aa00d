import type { Matrix } from "../../../src/methods/features/matrix-product.ts";

/** A matrix as rows, for references that are written as in a textbook. */
export type Rows = number[][];

/** Rows of a matrix. */
export function rowsOf({ shape, data }: Matrix): Rows {
  const [rows = 0, width = 0] = shape;
  return Array.from({ length: rows }, (_, i) => Array.from(data.subarray(i * width, (i + 1) * width)));
}

export const at = (rows: readonly (readonly number[])[], i: number, j: number): number => rows[i]?.[j] ?? 0;

export const dotOf = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0);

export const transposed = (a: Rows): Rows => (a[0] ?? []).map((_, j) => a.map((row) => row[j] ?? 0));

/** `a @ b`. */
export const times = (a: Rows, b: Rows): Rows => {
  const columns = transposed(b);
  return a.map((row) => columns.map((column) => dotOf(row, column)));
};

/** The inverse, by Gauss and Jordan with pivots. */
export function inverse(matrix: Rows): Rows {
  const size = matrix.length;
  const work = matrix.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))]);
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let i = column; i < size; i++) {
      if (Math.abs(at(work, i, column)) > Math.abs(at(work, pivot, column))) pivot = i;
    }
    [work[column], work[pivot]] = [work[pivot] ?? [], work[column] ?? []];
    const scale = at(work, column, column);
    work[column] = (work[column] ?? []).map((x) => x / scale);
    for (let i = 0; i < size; i++) {
      if (i === column) continue;
      const factor = at(work, i, column);
      work[i] = (work[i] ?? []).map((x, j) => x - factor * at(work, column, j));
    }
  }
  return work.map((row) => row.slice(size));
}

/** Mean of `-log softmax` at the labels. */
export function meanCrossEntropy(logits: Rows, labels: readonly number[]): number {
  const losses = logits.map((row, i) => {
    const largest = Math.max(...row);
    const sum = row.reduce((total, logit) => total + Math.exp(logit - largest), 0);
    return Math.log(sum) + largest - (row[labels[i] ?? 0] ?? 0);
  });
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}

/** Rows of length 1. */
export const normalized = (a: Rows): Rows => a.map((row) => row.map((x) => x / Math.sqrt(dotOf(row, row))));

/** Derivatives of a function of some numbers by central differences. */
export function slopes(
  numbers: ArrayLike<number>,
  loss: (numbers: number[]) => number,
  step = 1e-5,
): number[] {
  const list = Array.from(numbers);
  return list.map((x, i) => (loss(list.with(i, x + step)) - loss(list.with(i, x - step))) / (2 * step));
}

/** Numbers as rows of a width. */
export const inRows = (numbers: readonly number[], width: number): Rows =>
  Array.from({ length: numbers.length / width }, (_, i) => numbers.slice(i * width, (i + 1) * width));
