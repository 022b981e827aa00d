import { expect, test } from "vitest";
import { judgeRows } from "./bars.ts";
import { gflopsPerSecond, linearFlops, stepFlops } from "./flops.ts";
import { formatRows } from "./row.ts";

test("rows are aligned, with three digits or more", () => {
  const rows = [
    { name: "a/time", value: 1234.56, unit: "ms" },
    { name: "a/share-of-rate", value: 0.8765, unit: "ratio" },
    { name: "b", value: 12.34, unit: "MB" },
  ];
  expect(formatRows(rows)).toEqual([
    "a/time           1235 ms",
    "a/share-of-rate  0.88 ratio",
    "b                12.3 MB",
  ]);
});

test("goals are judged by the rows that were measured", () => {
  const share = { name: "lamm-step/classes-100/names-1/share-of-gemm-rate", value: 0.7, unit: "ratio" };
  const linearity = { name: "linearity/classes-1000-over-100", value: 1.2, unit: "ratio" };
  expect(judgeRows([share, linearity])).toEqual([
    "met     lamm-step/classes-100/names-1/share-of-gemm-rate: 0.700 ratio, goal at least 0.65",
    "MISSED  linearity/classes-1000-over-100: 1.20 ratio, goal at least 0.85, at most 1.15",
  ]);
  expect(judgeRows([{ ...linearity, value: Number.NaN }])[0]).toMatch(/^MISSED/);
});

test("FLOPs are 24 W^2 a row and block, and a step's are twice as many", () => {
  const tower = { width: 4, layers: 3 };
  expect(linearFlops(tower, { rows: 10, asked: 10 })).toBe(24 * 16 * 10 * 3);
  expect(linearFlops(tower, { rows: 10, asked: 2 })).toBe(24 * 16 * 10 * 2 + 4 * 16 * 10 + 20 * 16 * 2);
  expect(stepFlops(tower, { rows: 10, asked: 2 })).toBe(2 * linearFlops(tower, { rows: 10, asked: 2 }));
  expect(gflopsPerSecond(3e9, 1000)).toBe(3);
});
