import { expect, test } from "vitest";
import { createTensor } from "../tensor/tensor.ts";
import { additionAccuracy } from "./addition-accuracy.ts";

/** Two old classes and a new one. */
const matrix = (rows: readonly (readonly number[])[]) =>
  createTensor("float32", [rows.length, rows[0]?.length ?? 0], Float32Array.from(rows.flat()));

const logits = [
  [3, 1, 2], // old, right before and after
  [3, 1, 4], // old, taken for the new one
  [1, 2, 3], // new, right after alone
  [1, 2, 0], // new, never right
];
const words = [[0], [0], [1], [9]];
const labels = [0, 0, 2, 2];

const measure = (pictures: readonly number[]) =>
  additionAccuracy({
    oldCount: 2,
    labels: pictures.map((index) => labels[index] ?? 0),
    logits: matrix(pictures.map((index) => logits[index] ?? [])),
    wordLogits: matrix(pictures.map((index) => words[index] ?? [])),
  });

test("old classes before are among themselves, all else is among all", () => {
  expect(measure([0, 1, 2, 3])).toEqual({
    old: { before: 1, after: 0.5, total: 2 },
    added: { before: 0.5, after: 0.5, total: 2 },
    union: { before: 0.75, after: 0.5, total: 4 },
  });
});

test("what there are no pictures for is not there", () => {
  expect(measure([0, 1])).toEqual({ old: { before: 1, after: 0.5, total: 2 } });
  expect(measure([2])).toEqual({ added: { before: 0, after: 1, total: 1 } });
});
