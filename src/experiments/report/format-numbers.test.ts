import { expect, test } from "vitest";
import { formatPoints, formatPublished, formatShare, formatSummary } from "./format-numbers.ts";

const summary = { mean: 0.81131, deviation: 0.00214, count: 3, expected: 3 };
const average = { ...summary, datasets: 11, expectedDatasets: 11 };

test("numbers have two digits, and differences their sign", () => {
  expect([formatShare(0.5), formatPoints(0.012), formatPoints(-0.0035), formatPoints(-0.000001)]).toEqual([
    ...["50.00", "+1.20", "−0.35", "0.00"],
  ]);
  expect([formatPublished(73.3), formatPublished(undefined)]).toEqual(["73.30", ""]);
});

test("what is missing of a summary is told", () => {
  expect(formatSummary(summary)).toBe("81.13 ± 0.21");
  expect(formatSummary({ ...summary, count: 2 })).toBe("81.13 ± 0.21 (n=2 of 3)");
  expect(formatSummary({ ...average, datasets: 9 })).toBe("81.13 ± 0.21 (9 of 11 sets)");
  expect(formatSummary({ ...average, datasets: 9, count: 1, deviation: Number.NaN })).toBe(
    "81.13 (n=1 of 3, 9 of 11 sets)",
  );
  expect(formatSummary({ ...average, count: 0, deviation: Number.NaN })).toBe("81.13 (no seed in all sets)");
  expect(formatSummary({ ...summary, mean: Number.NaN, count: 0 })).toBe("-");
  expect(formatSummary({ ...summary, mean: Number.NaN, count: 0, expected: 0 })).toBe("");
});

test("seeds other than the table's are told, but for what has none", () => {
  expect(formatSummary({ ...summary, count: 2, expected: 2 }, { usualSeeds: 3 })).toBe("81.13 ± 0.21 (n=2)");
  const once = { mean: 0.5, deviation: Number.NaN, count: 1, expected: 1 };
  expect(formatSummary(once, { usualSeeds: 3, isOnce: true })).toBe("50.00");
  expect(formatSummary({ ...summary, mean: -0.12 }, { isDifference: true })).toBe("−12.00 ± 0.21");
});
