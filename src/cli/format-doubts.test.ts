import { expect, test } from "vitest";
import { pairedDifference } from "../training/intervals.ts";
import { formatDoubts, formatDuplicates } from "./format-doubts.ts";

const versus = (better: number, worse: number, equal: number) => {
  const outcome = (right: boolean, count: number) => Array<boolean>(count).fill(right);
  return pairedDifference({
    first: [...outcome(true, better), ...outcome(false, worse), ...outcome(true, equal)],
    second: [...outcome(false, better), ...outcome(true, worse), ...outcome(true, equal)],
  });
};

test("an adapter that is not calibrated is told how it would be", () => {
  expect(formatDoubts({ calibration: { errorBefore: 0.123 } })).toBe(
    "Expected calibration error 12.3 %; the adapter is not calibrated (train --calibrate).\n",
  );
});

test("all that there is to doubt, a line each", () => {
  const calibration = { errorBefore: 0.123, errorAfter: 0.04, temperature: 1.7 };
  expect(formatDoubts({ calibration, rejected: 0.086, versusZeroShot: versus(10, 4, 86) })).toBe(
    [
      "Adapter against zero-shot: +6.0 points (95 % interval -1.5 to +13.2, p = 0.118).",
      "Expected calibration error 12.3 % before, 4.0 % after calibration (temperature 1.70).",
      "With --unknown, predict would reject 8.6 % of these pictures.",
      "",
    ].join("\n"),
  );
});

test("a small p is a bound, and a loss has a minus", () => {
  const text = formatDoubts({ calibration: { errorBefore: 0 }, versusZeroShot: versus(0, 40, 60) });
  expect(text).toMatch(
    /^Adapter against zero-shot: -40\.0 points \(95 % interval -\d.* to -\d.*, p < 0\.001\)\.\n/,
  );
});

const pair = (index: number) => ({ train: `train/${index}.png`, test: `test/${index}.png`, cosine: 0.9949 });

test("near-duplicates are listed with a warning, the first five of them", () => {
  expect(formatDuplicates({ pairs: [], total: 0 })).toBe("");
  expect(formatDuplicates({ pairs: [pair(1)], total: 1 })).toBe(
    "A training and a test picture look the same: accuracy may be too good.\n  train/1.png and test/1.png (cosine 0.995)\n",
  );
  const lines = formatDuplicates({ pairs: [1, 2, 3, 4, 5, 6].map(pair), total: 120 }).split("\n");
  expect(lines[0]).toBe(
    "120 pairs of a training and a test picture look the same: accuracy may be too good.",
  );
  expect(lines).toHaveLength(8);
  expect(lines[6]).toBe("  and 115 more (--json lists up to 100)");
});
