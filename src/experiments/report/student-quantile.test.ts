import * as fc from "fast-check";
import { expect, test } from "vitest";
import { studentQuantile } from "./student-quantile.ts";

test.each([
  // Closed forms: tan(pi (p - 1/2)) for 1, (2p - 1) sqrt(2 / (1 - (2p - 1)^2)) for 2.
  [0.975, 1, Math.tan(Math.PI * 0.475)],
  [0.975, 2, 0.95 * Math.sqrt(2 / (1 - 0.95 ** 2))],
  [0.9, 2, 0.8 * Math.sqrt(2 / (1 - 0.8 ** 2))],
  // Tables, to their three digits.
  [0.975, 3, 3.182],
  [0.975, 4, 2.776],
  [0.975, 5, 2.571],
  [0.975, 10, 2.228],
  [0.975, 30, 2.042],
  [0.975, 120, 1.98],
  [0.995, 10, 3.169],
  [0.95, 7, 1.895],
  [0.9995, 4, 8.61],
])("quantile of %f with %i degrees of freedom", (probability, df, expected) => {
  const tolerance = df <= 2 ? 1e-12 * Math.abs(expected) : 5.1e-4;
  expect(Math.abs(studentQuantile({ probability, df }) - expected)).toBeLessThan(tolerance);
});

test("tends to the normal quantile", () => {
  expect(studentQuantile({ probability: 0.975, df: 1_000_000 })).toBeCloseTo(1.959963984540054, 5);
});

test("is odd around one half, rises with the probability, and falls with the degrees of freedom", () => {
  const upper = fc.double({ min: 0.5001, max: 0.9999, noNaN: true });
  fc.assert(
    fc.property(upper, fc.integer({ min: 1, max: 200 }), (probability, df) => {
      const quantile = studentQuantile({ probability, df });
      expect(studentQuantile({ probability: 1 - probability, df })).toBeCloseTo(-quantile, 6);
      expect(studentQuantile({ probability: probability + 0.00005, df })).toBeGreaterThan(quantile);
      expect(studentQuantile({ probability, df: df + 1 })).toBeLessThan(quantile);
    }),
  );
  expect(studentQuantile({ probability: 0.5, df: 3 })).toBe(0);
});

test.each([
  [1, 3],
  [0.9, 0],
  [0.9, 1.5],
  [Number.NaN, 3],
])("refuses probability %f with %f degrees of freedom", (probability, df) => {
  expect(() => studentQuantile({ probability, df })).toThrow(
    "studentQuantile: expected a probability in (0, 1) and a whole number of degrees of freedom from 1, " +
      `got probability ${probability}, df ${df}.`,
  );
});
