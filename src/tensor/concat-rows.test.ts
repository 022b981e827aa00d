import { expect, test } from "vitest";
import { ShapeError } from "../errors.ts";
import { concatRows } from "./concat-rows.ts";
import { createTensor } from "./tensor.ts";

const tensor = (shape: readonly number[], ...values: readonly number[]) =>
  createTensor("float32", shape, Float32Array.of(...values));

test("rows follow each other, whatever is in them", () => {
  const joined = concatRows([tensor([1, 2], 1, 2), tensor([0, 2]), tensor([2, 2], 3, 4, 5, 6)]);
  expect(joined).toEqual(tensor([3, 2], 1, 2, 3, 4, 5, 6));
  expect(concatRows([tensor([1, 1, 2], 1, 2), tensor([1, 1, 2], 3, 4)]).shape).toEqual([2, 1, 2]);
});

test("the result is a copy", () => {
  const only = tensor([1], 1);
  expect(concatRows([only]).data).not.toBe(only.data);
});

test("rows of other widths are refused", () => {
  expect(() => concatRows([tensor([1, 2], 1, 2), tensor([1, 1], 3)])).toThrow(ShapeError);
});
