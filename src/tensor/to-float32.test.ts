import { expect, test } from "vitest";
import { toFloat32 } from "./to-float32.ts";

test("widens float16 exactly: normal, subnormal, signed zero, infinities, not-a-number", () => {
  const data = Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0001, 0x03ff, 0x0400, 0x8000, 0x7c00, 0xfc00, 0x7e01);
  expect([...toFloat32({ dtype: "float16", shape: [10], data })]).toEqual([
    1,
    -2,
    65504,
    2 ** -24,
    1023 * 2 ** -24,
    2 ** -14,
    -0,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NaN,
  ]);
});

test("widens bfloat16 exactly", () => {
  const data = Uint16Array.of(0x3f80, 0xc000, 0x4049, 0x7f80, 0x8000, 0x7fc0);
  const values = [1, -2, 3.140625, Number.POSITIVE_INFINITY, -0, Number.NaN];
  expect([...toFloat32({ dtype: "bfloat16", shape: [6], data })]).toEqual(values);
});

test("converts integers, booleans and float64", () => {
  expect([...toFloat32({ dtype: "int64", shape: [2], data: BigInt64Array.of(-3n, 7n) })]).toEqual([-3, 7]);
  expect([...toFloat32({ dtype: "int8", shape: [2], data: Int8Array.of(-128, 127) })]).toEqual([-128, 127]);
  expect([...toFloat32({ dtype: "bool", shape: [2], data: Uint8Array.of(0, 1) })]).toEqual([0, 1]);
  expect([...toFloat32({ dtype: "float64", shape: [1], data: Float64Array.of(0.1) })]).toEqual([
    Math.fround(0.1),
  ]);
});

test("returns float32 as it is", () => {
  const data = Float32Array.of(1.5, -2);
  expect(toFloat32({ dtype: "float32", shape: [2], data })).toBe(data);
});
