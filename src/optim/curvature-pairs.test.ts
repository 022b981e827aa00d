import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createCurvaturePairs } from "./curvature-pairs.ts";

type Matrix = readonly (readonly number[])[];

function multiply(a: Matrix, b: Matrix): number[][] {
  return a.map((row) =>
    (b[0] ?? []).map((_, j) => row.reduce((sum, value, k) => sum + value * (b[k]?.[j] ?? 0), 0)),
  );
}

/** The inverse Hessian that BFGS would keep, `(I - r s yT) H (I - r y sT) + r s sT`, as a matrix. */
function denseInverseHessian(pairs: readonly { s: Float32Array; y: Float32Array }[], width: number): Matrix {
  const inner = (a: Float32Array, b: Float32Array) =>
    a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
  const last = pairs.at(-1);
  const scale = last === undefined ? 1 : inner(last.s, last.y) / inner(last.y, last.y);
  const identity = Array.from({ length: width }, (_, i) =>
    Array.from({ length: width }, (_, j) => Number(i === j)),
  );
  let h: Matrix = identity.map((row) => row.map((value) => value * scale));
  for (const { s, y } of pairs) {
    const rho = 1 / inner(s, y);
    const left = identity.map((row, i) => row.map((value, j) => value - rho * (s[i] ?? 0) * (y[j] ?? 0)));
    const right = identity.map((row, i) => row.map((value, j) => value - rho * (y[i] ?? 0) * (s[j] ?? 0)));
    h = multiply(multiply(left, h), right).map((row, i) =>
      row.map((value, j) => value + rho * (s[i] ?? 0) * (s[j] ?? 0)),
    );
  }
  return h;
}

const WIDTH = 4;
const vector = fc
  .array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: WIDTH, maxLength: WIDTH })
  .map((values) => Float32Array.from(values));
/** A step with the gradient's change on a quadratic of diagonal curvature 1 to 4, and on nothing steeper. */
const pair = vector
  .filter((s) => Math.hypot(...s) > 0.1)
  .map((s) => ({ s, y: s.map((value, i) => value * (1 + i)) }));

test("the two-loop recursion is the matrix of BFGS times minus the gradient", () => {
  fc.assert(
    fc.property(fc.array(pair, { maxLength: 5 }), vector, (all, gradient) => {
      const pairs = createCurvaturePairs(3);
      for (const { s, y } of all) expect(pairs.add(s, y)).toBe(true);
      expect(pairs.count).toBe(Math.min(3, all.length));
      const expected = denseInverseHessian(all.slice(-3), WIDTH).map(
        (row) => -row.reduce((sum, value, j) => sum + value * (gradient[j] ?? 0), 0),
      );
      const actual = pairs.direction(gradient);
      expected.forEach((value, i) => {
        expect(Math.abs((actual[i] ?? Number.NaN) - value)).toBeLessThan(1e-9);
      });
    }),
  );
});

test("meets the secant equation of the last pair: H y = s", () => {
  const pairs = createCurvaturePairs(2);
  const [s, y] = [Float32Array.of(1, 2), Float32Array.of(3, 1)];
  pairs.add(Float32Array.of(1, 0), Float32Array.of(5, 1));
  pairs.add(s, y);
  const direction = pairs.direction(y);
  expect(-(direction[0] ?? 0)).toBeCloseTo(1, 12);
  expect(-(direction[1] ?? 0)).toBeCloseTo(2, 12);
});

describe("a pair without upward curvature is left out", () => {
  test.each([
    ["negative", Float32Array.of(-1, 0)],
    ["zero", Float32Array.of(0, 1)],
    ["rounding alone", Float32Array.of(1e-9, 1)],
    ["no change of the gradient", new Float32Array(2)],
    ["not a number", Float32Array.of(Number.NaN, 1)],
  ])("%s", (_, y) => {
    const pairs = createCurvaturePairs(2);
    expect(pairs.add(Float32Array.of(1, 0), y)).toBe(false);
    expect(pairs.count).toBe(0);
    expect(pairs.direction(Float32Array.of(1, 2))).toEqual(Float64Array.of(-1, -2));
  });

  test.each([1e-12, 1e12])("whatever the scale of the loss: curvature %s is kept", (curvature) => {
    const pairs = createCurvaturePairs(2);
    expect(pairs.add(Float32Array.of(1, 0), Float32Array.of(curvature, 0))).toBe(true);
  });
});

test("a damaged state is refused", () => {
  const pairs = createCurvaturePairs(2);
  pairs.add(Float32Array.of(1), Float32Array.of(1));
  const { "lbfgs.y.0": _, ...damaged } = pairs.state();
  expect(() => createCurvaturePairs(2).restore(damaged)).toThrow(
    'saved state "lbfgs.y.0": expected a float32 vector, got nothing. ' +
      "The checkpoint is damaged or of another version; delete it and start over.",
  );
});
