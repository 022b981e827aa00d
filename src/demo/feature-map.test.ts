import fc from "fast-check";
import { expect, test } from "vitest";
import { mapFeatures, principalAxes } from "./feature-map.ts";

const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a, (value, index) => value * (b[index] ?? 0)).reduce((sum, value) => sum + value, 0);

test("finds the directions of most variance, the larger first", () => {
  const [first, second] = principalAxes([
    [5, 0, 0.1],
    [-5, 0, -0.1],
    [0, 2, 0],
    [0, -2, 0],
  ]);
  expect(Math.abs(first[0] ?? 0)).toBeGreaterThan(0.999);
  expect(Math.abs(second[1] ?? 0)).toBeCloseTo(1, 9);
});

test("axes have length 1 and are orthogonal, or are zero where there is nothing left", () => {
  const row = fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 4, maxLength: 4 });
  fc.assert(
    fc.property(fc.array(row, { minLength: 2, maxLength: 6 }), (rows) => {
      const [first, second] = principalAxes(rows);
      for (const axis of [first, second]) {
        const length = dot(axis, axis);
        expect(Math.min(Math.abs(length), Math.abs(length - 1))).toBeLessThan(1e-9);
      }
      expect(Math.abs(dot(first, second))).toBeLessThan(1e-6);
    }),
  );
});

test("places images and texts of the shown classes, each kind around its own centre", () => {
  const images = [
    [1, 0.1, 0],
    [1, -0.1, 0],
    [-1, 0, 0],
    [0, 0, 9],
  ].map((row) => Float32Array.from(row));
  const before = [
    [3, 3.1, 3],
    [3, 2.9, 3],
    [0, 0, 0],
  ].map((row) => Float32Array.from(row));
  const after = [
    [4, 3, 3],
    [2, 3, 3],
    [0, 0, 0],
  ].map((row) => Float32Array.from(row));
  const map = mapFeatures({ images, imageLabels: [0, 0, 1, 2], before, after, labels: [0, 1] });
  expect(map.images.map(({ label }) => label)).toEqual([0, 0, 1]);
  expect(map.before.map(({ label }) => label)).toEqual([0, 1]);
  const [left, , right] = map.images;
  expect((left?.x ?? 0) * (right?.x ?? 0)).toBeLessThan(0);
  // Training moved the names to the sides where their pictures are.
  const [first, second] = map.after;
  expect(Math.sign(first?.x ?? 0)).toBe(Math.sign(left?.x ?? 0));
  expect(Math.sign(second?.x ?? 0)).toBe(Math.sign(right?.x ?? 0));
});
