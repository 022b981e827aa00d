import fc from "fast-check";
import { expect, test } from "vitest";
import { dealPrompts } from "./deal-prompts.ts";

test("keeps the order of prompts that fit into one chunk", () => {
  expect(dealPrompts([3, 9, 5], 17)).toEqual([[0, 1, 2]]);
});

test("deals the longest first, in turn", () => {
  expect(dealPrompts([3, 9, 5, 4], 12)).toEqual([
    [1, 3],
    [2, 0],
  ]);
});

test("deals each prompt once, about evenly", () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 77 }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(lengths, fc.integer({ min: 1, max: 300 }), (lengths, maxRows) => {
      const chunks = dealPrompts(lengths, maxRows);
      expect(chunks.flat().sort((a, b) => a - b)).toEqual(lengths.map((_, index) => index));
      const totals = chunks.map((chunk) => chunk.reduce((sum, index) => sum + (lengths[index] ?? 0), 0));
      const longest = Math.max(...lengths);
      expect(Math.max(...totals) - Math.min(...totals)).toBeLessThanOrEqual(longest);
      expect(Math.max(...totals)).toBeLessThanOrEqual(maxRows + longest);
    }),
  );
});
