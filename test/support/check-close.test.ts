import { expect, test } from "vitest";
import { checkClose, checkCloseToLargest } from "./check-close.ts";

const matrix = (...data: number[]) => ({ shape: [2, data.length / 2], data });

test("close elements pass, up to the tolerance and no further", () => {
  const tolerance = { rtol: 0.1, atol: 0.01 };
  expect(() => checkClose(matrix(1.1, -0.009), matrix(1, 0), tolerance)).not.toThrow();
  expect(() => checkClose(matrix(1.12, 0), matrix(1, 0), tolerance)).toThrow();
  expect(() => checkClose(matrix(1, -0.011), matrix(1, 0), tolerance)).toThrow();
});

test("a failure gives the number of misses, the worst index and both values", () => {
  const compare = () =>
    checkClose(matrix(1, 2, 3.5, 5, 5, 6), matrix(1, 2, 3, 4, 5, 6), { rtol: 0, atol: 0.1 }, "d x0");
  expect(compare).toThrow(
    "d x0: 2 of 6 elements differ, worst at [1,0]: expected 4, got 5, 10.0 times the tolerance (rtol 0, atol 0.1)",
  );
});

test("shapes are compared before elements", () => {
  const compare = () =>
    checkClose({ shape: [4], data: [1, 2, 3, 4] }, matrix(1, 2, 3, 4), { rtol: 1, atol: 1 });
  expect(compare).toThrow("tensor: expected shape [2,2], got [4]");
});

test("what is not a number, and infinity, are close to themselves alone", () => {
  const tolerance = { rtol: 1, atol: 1 };
  const [nan, infinite] = [Number.NaN, Number.POSITIVE_INFINITY];
  expect(() => checkClose(matrix(nan, infinite), matrix(nan, infinite), tolerance)).not.toThrow();
  expect(() => checkClose(matrix(nan, 1), matrix(1, 1), tolerance)).toThrow();
  expect(() => checkClose(matrix(1, 1), matrix(nan, 1), tolerance)).toThrow();
  expect(() => checkClose(matrix(infinite, 1), matrix(1, 1), tolerance)).toThrow();
  expect(() => checkClose(matrix(1, 1), matrix(infinite, 1), tolerance)).toThrow();
});

test("elements may be measured against the largest", () => {
  const tolerance = { rtol: 0.1, atol: 0 };
  expect(() => checkCloseToLargest(matrix(10, 0.9), matrix(10, 0), tolerance)).not.toThrow();
  expect(() => checkCloseToLargest(matrix(10, 1.1), matrix(10, 0), tolerance)).toThrow();
});
