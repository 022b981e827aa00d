import fc from "fast-check";
import { expect, test } from "vitest";
import { checkClose } from "../../../test/support/check-close.ts";
import { rowsOf, times, transposed } from "../../../test/support/features/plain-matrix.ts";
import { seededTensor } from "../../../test/support/seeded-tensor.ts";
import { SAME_ARITHMETIC } from "../../../test/support/tolerances.ts";
import { createTensor } from "../../tensor/tensor.ts";
import { multiplyTransposed, roundToFloat32, transpose } from "./matrix-product.ts";

test("a product equals sums of products, at the ends of blocks too", () => {
  // Around the sizes of blocks: 4 rows, 32 columns, 256 terms.
  const extent = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 31, max: 34 }));
  const depth = fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 255, max: 258 }));
  fc.assert(
    fc.property(extent, extent, depth, fc.nat(99), (rows, columns, terms, seed) => {
      const a = seededTensor(seed)([rows, terms], 1);
      const b = seededTensor(seed + 1)([columns, terms], 1);
      const data = times(rowsOf(a), transposed(rowsOf(b))).flat();
      checkClose(multiplyTransposed(a, b), { shape: [rows, columns], data }, SAME_ARITHMETIC);
    }),
    { numRuns: 40 },
  );
});

test("sums are float64 where the inputs are float32", () => {
  const row = createTensor("float32", [1, 3], Float32Array.of(2 ** 24, 1, 1));
  const ones = createTensor("float32", [1, 3], Float32Array.of(1, 1, 1));
  expect(multiplyTransposed(row, ones).data).toEqual(Float64Array.of(2 ** 24 + 2));
});

test("a product of no rows is empty", () => {
  const none = createTensor("float32", [0, 3], new Float32Array());
  expect(multiplyTransposed(none, none)).toEqual(createTensor("float64", [0, 0], new Float64Array()));
});

test("transposing swaps the axes, rounding keeps them", () => {
  const matrix = createTensor("float64", [2, 3], Float64Array.of(1, 2, 3, 4, 5, 1 / 3));
  expect(transpose(matrix)).toEqual(createTensor("float64", [3, 2], Float64Array.of(1, 4, 2, 5, 3, 1 / 3)));
  expect(roundToFloat32(matrix).data[5]).toBe(Math.fround(1 / 3));
});
