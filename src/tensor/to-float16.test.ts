import fc from "fast-check";
import { expect, test } from "vitest";
import { createTensor } from "./tensor.ts";
import { toFloat16 } from "./to-float16.ts";
import { toFloat32 } from "./to-float32.ts";

function narrow(...values: number[]): number[] {
  return [...toFloat16(createTensor("float32", [values.length], Float32Array.from(values))).data];
}

test("gives back every float16", () => {
  const patterns = Uint16Array.from({ length: 1 << 16 }, (_, pattern) => pattern);
  const widened = toFloat32(createTensor("float16", [1 << 16], patterns));
  const { data } = toFloat16(createTensor("float32", [1 << 16], widened));
  const isNaN16 = (pattern: number) => (pattern & 0x7fff) > 0x7c00;
  for (const pattern of patterns) {
    const got = data[pattern] ?? 0;
    if (isNaN16(pattern)) expect(isNaN16(got)).toBe(true);
    else expect(got).toBe(pattern);
  }
});

test("rounds to the nearest, and to the even one of two", () => {
  const one = 0x3c00;
  expect(narrow(1 + 2 ** -11, 1 + 2 ** -11 + 2 ** -20, 1 + 3 * 2 ** -11)).toEqual([one, one + 1, one + 2]);
  // Among subnormals, and from them to the first normal number.
  expect(narrow(2 ** -25, 2 ** -25 + 2 ** -40, 3 * 2 ** -25, 2 ** -14 - 2 ** -26)).toEqual([0, 1, 2, 0x400]);
  expect(narrow(-(2 ** -24), 1e-30, -0)).toEqual([0x8001, 0, 0x8000]);
});

test("overflows from 65520 on", () => {
  expect(narrow(65519, 65520, -1e9, Number.NEGATIVE_INFINITY)).toEqual([0x7bff, 0x7c00, 0xfc00, 0xfc00]);
});

test("is never farther from a number than the neighbours of the result", () => {
  const values = fc.float({ noNaN: true, noDefaultInfinity: true, min: -65000, max: 65000 });
  fc.assert(
    fc.property(values, (value) => {
      const [pattern = 0] = narrow(value);
      const around = [pattern - 1, pattern, pattern + 1].map((near) =>
        Math.abs((toFloat32(createTensor("float16", [1], Uint16Array.of(near)))[0] ?? 0) - value),
      );
      const [below = 0, own = 0, above = 0] = around;
      // At 0 a neighbouring pattern is a NaN or the largest number; both compare as not nearer.
      expect(below < own || above < own).toBe(false);
    }),
  );
});

test("keeps the shape, and reads a view of other memory", () => {
  const memory = Float32Array.of(9, 1, 2, 3, 4);
  const tensor = toFloat16(createTensor("float32", [2, 2], memory.subarray(1)));
  expect(tensor).toEqual({
    dtype: "float16",
    shape: [2, 2],
    data: Uint16Array.of(0x3c00, 0x4000, 0x4200, 0x4400),
  });
});
