import fc from "fast-check";
import { expect, test } from "vitest";
import { broadcastShapes, formatShape, type Shape, sameShape, sizeOf, stridesOf } from "./shape.ts";

const shape = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 4 });

/** NumPy's rule, written the other way round: pad with ones, then every pair of extents is equal or holds a 1. */
function naive(a: Shape, b: Shape): Shape | undefined {
  const rank = Math.max(a.length, b.length);
  const left = [...Array(rank - a.length).fill(1), ...a];
  const right = [...Array(rank - b.length).fill(1), ...b];
  const fits = left.every((extent, axis) => new Set([1, extent, right[axis]]).size <= 2);
  return fits ? left.map((extent, axis) => Math.max(extent, right[axis])) : undefined;
}

test("broadcastShapes follows NumPy's rule", () => {
  fc.assert(
    fc.property(shape, shape, (a, b) => {
      expect(broadcastShapes(a, b)).toEqual(naive(a, b));
    }),
  );
});

test("broadcastShapes: examples", () => {
  expect(broadcastShapes([2, 1, 3], [4, 1])).toEqual([2, 4, 3]);
  expect(broadcastShapes([], [5])).toEqual([5]);
  expect(broadcastShapes([2], [3])).toBeUndefined();
  expect(broadcastShapes([2, 3], [2])).toBeUndefined();
});

test("strides walk through memory in order", () => {
  fc.assert(
    fc.property(shape, (extents) => {
      const strides = stridesOf(extents);
      const last = extents.reduce((sum, extent, axis) => sum + (extent - 1) * (strides[axis] ?? 0), 0);
      expect(last).toBe(sizeOf(extents) - 1);
    }),
  );
  expect(stridesOf([2, 3, 4])).toEqual([12, 4, 1]);
});

test("shapes are compared by rank and extents, and written in brackets", () => {
  expect(sameShape([2, 3], [2, 3])).toBe(true);
  expect(sameShape([2, 3], [2])).toBe(false);
  expect(sameShape([2], [2, 3])).toBe(false);
  expect(sameShape([], [])).toBe(true);
  expect(formatShape([3, 512])).toBe("[3, 512]");
});
