import { expect, test } from "vitest";
import { resolveTrainConfig } from "../training/train-config.ts";
import type { PlannedRow } from "./plan-grid.ts";
import { estimateSecondsLeft } from "./time-left.ts";

const row = (method: string, shots: number): PlannedRow => ({
  ...{ dataset: "DTD", model: "m", method, variant: "", shots, seed: 1, key: "", setup: "", data: "" },
  cell: { task: "accuracy", dataset: "DTD", targets: [], model: "m", config: resolveTrainConfig({ shots }) },
});

test("nothing is known before the first cell, and nothing is left at the end", () => {
  expect(estimateSecondsLeft([row("lamm", 1)], [], 1)).toBeUndefined();
  expect(estimateSecondsLeft([], [], 1)).toBe(0);
});

test("by the same method and shots, else by its time a shot, else by all; shared out", () => {
  const done = [
    { row: row("lamm", 1), seconds: 3 },
    { row: row("lamm", 1), seconds: 5 },
    { row: row("maple", 2), seconds: 20 },
  ];
  expect(estimateSecondsLeft([row("lamm", 1)], done, 1)).toBe(4);
  expect(estimateSecondsLeft([row("maple", 16)], done, 1)).toBe(160);
  expect(estimateSecondsLeft([row("coop", 4)], done, 1)).toBeCloseTo(28 / 3);
  expect(estimateSecondsLeft([row("lamm", 1), row("maple", 16)], done, 2)).toBe(82);
});
