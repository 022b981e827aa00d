import fc from "fast-check";
import { expect, test } from "vitest";
import { areaUnderRoc } from "./area-under-roc.ts";

test("is 1 where all known pictures score higher, 0 where none does, one half where they are alike", () => {
  expect(areaUnderRoc([3, 4], [1, 2, -5])).toBe(1);
  expect(areaUnderRoc([1, 2], [3])).toBe(0);
  expect(areaUnderRoc([7, 7], [7, 7, 7])).toBe(0.5);
});

test("is the share of pairs that are in order, equal ones half", () => {
  const scores = fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(scores, scores, (known, unknown) => {
      const points = known.flatMap((k) => unknown.map((u) => (k > u ? 1 : k === u ? 0.5 : 0)));
      const share = points.reduce((sum: number, point) => sum + point, 0) / points.length;
      expect(areaUnderRoc(known, unknown)).toBeCloseTo(share, 12);
      expect(areaUnderRoc(unknown, known)).toBeCloseTo(1 - share, 12);
    }),
  );
});

test("of infinite scores is that of their order; of no pictures it is not a number", () => {
  expect(areaUnderRoc([Number.POSITIVE_INFINITY], [0, Number.NEGATIVE_INFINITY])).toBe(1);
  expect(areaUnderRoc([], [1])).toBeNaN();
  expect(areaUnderRoc([1], [])).toBeNaN();
});
