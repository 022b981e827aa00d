import fc from "fast-check";
import { expect, test } from "vitest";
import { toFloat32 } from "../../src/tensor/to-float32.ts";
import { narrowToBfloat16, narrowToFloat16 } from "./narrow-floats.ts";

const narrow = { float16: narrowToFloat16, bfloat16: narrowToBfloat16 };

/** What a number becomes in a narrower type. */
function round(dtype: "float16" | "bfloat16", value: number): number {
  const data = narrow[dtype](Float32Array.of(value));
  return toFloat32({ dtype, shape: [1], data })[0] as number;
}

test.each([
  [0, 0],
  [-0, -0],
  [1, 1],
  [-2.5, -2.5],
  [65504, 65504],
  [65519, 65504],
  [65520, Number.POSITIVE_INFINITY],
  [-1e30, Number.NEGATIVE_INFINITY],
  [1 + 2 ** -11, 1],
  [1 + 3 * 2 ** -11, 1 + 2 ** -9],
  [2 - 2 ** -12, 2],
  [2 ** -14, 2 ** -14],
  [2 ** -24, 2 ** -24],
  [2 ** -25, 0],
  [2 ** -25 * 1.5, 2 ** -24],
  [-(2 ** -26), -0],
  [1e-40, 0],
])("float16 of %s is %s", (value, expected) => {
  expect(round("float16", value)).toBe(expected);
});

test.each([
  [1 + 2 ** -8, 1],
  [1 + 3 * 2 ** -8, 1 + 2 ** -6],
  [-(2 - 2 ** -9), -2],
  [3e38, 2 ** 127 * 1.765625],
])("bfloat16 of %s is %s", (value, expected) => {
  expect(round("bfloat16", value)).toBe(expected);
});

test.each([
  ["float16", 11, 2 ** -14],
  ["bfloat16", 8, 2 ** -126],
] as const)("%s keeps %i significant bits", (dtype, bits, smallest) => {
  const normal = fc.float({ min: Math.fround(smallest), max: 60_000, noNaN: true });
  fc.assert(
    fc.property(normal, (value) => {
      expect(Math.abs(round(dtype, value) - value)).toBeLessThanOrEqual(value * 2 ** -bits);
      expect(round(dtype, -value)).toBe(-round(dtype, value));
      expect(round(dtype, round(dtype, value))).toBe(round(dtype, value));
    }),
  );
});
