import fc from "fast-check";
import { expect, test } from "vitest";
import { clipGradientNorm } from "./clip-gradient-norm.ts";

test("scales all gradients by one factor to the largest norm", () => {
  const gradients = { a: Float32Array.of(3, 0), b: Float32Array.of(-4) };
  expect(clipGradientNorm(gradients, 1)).toBe(5);
  // PyTorch's factor is 1 / (5 + 1e-6).
  expect(gradients.a[0]).toBeCloseTo(0.6, 6);
  expect(gradients.b[0]).toBeCloseTo(-0.8, 6);
  expect(Math.hypot(...gradients.a, ...gradients.b)).toBeLessThanOrEqual(1);
});

test("leaves gradients within the limit, to the bit", () => {
  const gradients = { a: Float32Array.of(0.1, -0.2), b: new Float32Array(2) };
  expect(clipGradientNorm(gradients, 1)).toBeCloseTo(Math.hypot(0.1, 0.2), 7);
  expect(gradients).toEqual({ a: Float32Array.of(0.1, -0.2), b: new Float32Array(2) });
  expect(clipGradientNorm({}, 1)).toBe(0);
});

test("leaves gradients that are not finite, and says so", () => {
  const gradients = { a: Float32Array.of(1, Number.NaN), b: Float32Array.of(2) };
  expect(clipGradientNorm(gradients, 0.5)).toBe(Number.NaN);
  expect(gradients.b).toEqual(Float32Array.of(2));
  expect(clipGradientNorm({ a: Float32Array.of(Number.NEGATIVE_INFINITY) }, 0.5)).toBe(
    Number.POSITIVE_INFINITY,
  );
});

test("never leaves more than the limit, nor turns a gradient", () => {
  const vector = fc.float32Array({ minLength: 1, maxLength: 8, noNaN: true, min: -1e10, max: 1e10 });
  fc.assert(
    fc.property(vector, vector, fc.double({ min: 0.1, max: 100, noNaN: true }), (a, b, maxNorm) => {
      const gradients = { a: a.slice(), b: b.slice() };
      const norm = clipGradientNorm(gradients, maxNorm);
      expect(norm).toBeCloseTo(Math.hypot(...a, ...b), -Math.log10(norm + 1) + 6);
      const after = Math.hypot(...gradients.a, ...gradients.b);
      expect(after).toBeLessThanOrEqual(Math.max(maxNorm * (1 + 1e-6), 0));
      gradients.a.forEach((value, i) => {
        expect(value * (a[i] ?? 0)).toBeGreaterThanOrEqual(0);
      });
    }),
  );
});
