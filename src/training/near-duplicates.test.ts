import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seededTensor } from "../../test/support/seeded-tensor.ts";
import { ConfigError, ShapeError } from "../errors.ts";
import { createTensor } from "../tensor/tensor.ts";
import { rowsOf } from "./metrics.ts";
import { findNearDuplicates, type NearDuplicateOptions } from "./near-duplicates.ts";

/** All pairs above the threshold, one by one. */
function bruteForce({ train, test, threshold = 0.99 }: NearDuplicateOptions) {
  const cosine = (a: Float32Array, b: Float32Array) =>
    a.reduce((sum, x, k) => sum + x * (b[k] ?? 0), 0) / (Math.hypot(...a) * Math.hypot(...b));
  return rowsOf(train)
    .flatMap((a, i) => rowsOf(test).map((b, j) => ({ train: i, test: j, cosine: cosine(a, b) })))
    .filter((pair) => pair.cosine >= threshold)
    .sort((a, b) => b.cosine - a.cosine);
}

describe("near duplicates", () => {
  test("are the pairs above the threshold, whatever the sizes", () => {
    const size = fc.integer({ min: 1, max: 150 });
    fc.assert(
      fc.property(fc.nat(), size, size, fc.integer({ min: 1, max: 9 }), (seed, n, m, width) => {
        const draw = seededTensor(seed);
        const sets = { train: draw([n, width], 3), test: draw([m, width], 3), threshold: 0.7, limit: 1e5 };
        const found = findNearDuplicates(sets);
        const wanted = bruteForce(sets);
        expect(Math.abs(found.total - wanted.length)).toBeLessThanOrEqual(1);
        expect(found.pairs).toHaveLength(found.total);
        found.pairs.slice(0, wanted.length).forEach(({ cosine }, i) => {
          expect(cosine).toBeCloseTo(wanted[i]?.cosine ?? 0, 5);
        });
      }),
      { numRuns: 40 },
    );
  });

  test("are copies, with a cosine of 1 and never more", () => {
    const train = seededTensor(7)([100, 13], 1);
    const test = createTensor(
      "float32",
      [2, 13],
      train.data.slice(70 * 13, 72 * 13).map((x) => 5 * x),
    );
    const { pairs, total } = findNearDuplicates({ train, test });
    expect(total).toBe(2);
    expect(pairs.map(({ train, test }) => train - test)).toEqual([70, 70]);
    for (const { cosine } of pairs) {
      expect(cosine).toBeCloseTo(1, 6);
      expect(cosine).toBeLessThanOrEqual(1);
    }
  });

  test("beyond the limit are counted, and the closest are listed", () => {
    const ones = createTensor("float32", [200, 2], new Float32Array(400).fill(1));
    const turned = Float32Array.from({ length: 400 }, (_, i) =>
      i % 2 === 0 ? 1 : 1 + (199 - (i >> 1)) / 200,
    );
    const test = createTensor("float32", [200, 2], turned);
    const { pairs, total } = findNearDuplicates({ train: ones, test, threshold: 0.5, limit: 3 });
    expect(total).toBe(40_000);
    expect(pairs.map(({ train, test }) => [train, test])).toEqual([
      [0, 199],
      [1, 199],
      [2, 199],
    ]);
  });

  test("of a feature of zeros, and of no pictures, there are none", () => {
    const zero = createTensor("float32", [1, 2], new Float32Array(2));
    const none = createTensor("float32", [0, 2], new Float32Array(0));
    expect(findNearDuplicates({ train: zero, test: zero })).toEqual({ pairs: [], total: 0 });
    expect(findNearDuplicates({ train: none, test: zero })).toEqual({ pairs: [], total: 0 });
  });

  test("refuse features that do not fit, and options out of range", () => {
    const draw = seededTensor(1);
    const sets = { train: draw([2, 3], 1), test: draw([2, 3], 1) };
    expect(() => findNearDuplicates({ ...sets, test: draw([2, 4], 1) })).toThrow(ShapeError);
    expect(() => findNearDuplicates({ ...sets, train: draw([2, 1, 3], 1) })).toThrow(
      "findNearDuplicates: expected two matrices of one width, [N, D] and [pictures, D], got [2, 1, 3] and [2, 3]. " +
        "Take one view of each picture, and both from the same model.",
    );
    expect(() => findNearDuplicates({ ...sets, threshold: 1.1 })).toThrow(ConfigError);
    expect(() => findNearDuplicates({ ...sets, threshold: 1.1 })).toThrow(
      "findNearDuplicates, threshold: expected a cosine in [-1, 1], got 1.1.",
    );
    expect(() => findNearDuplicates({ ...sets, limit: 0 })).toThrow(
      "findNearDuplicates, limit: expected a whole number from 1, got 0.",
    );
  });
});
