import { expect, test } from "vitest";
import { takeRows } from "./take-rows.ts";
import { createTensor } from "./tensor.ts";

const tensor = createTensor("float32", [3, 1, 2], Float32Array.of(1, 2, 3, 4, 5, 6));

test("rows come in the order of the indices, also twice", () => {
  const { shape, data } = takeRows(tensor, [2, 0, 2]);
  expect(shape).toEqual([3, 1, 2]);
  expect([...data]).toEqual([5, 6, 1, 2, 5, 6]);
});

test("of no rows nothing comes, and what comes is a copy", () => {
  expect(takeRows(tensor, []).shape).toEqual([0, 1, 2]);
  takeRows(tensor, [0]).data[0] = 9;
  expect(tensor.data[0]).toBe(1);
});
