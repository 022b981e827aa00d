import { expect, test } from "vitest";
import type { PlannedRow } from "../experiments/plan-grid.ts";
import type { GridProgress } from "../experiments/run-grid.ts";
import { showGridProgress } from "./format-grid.ts";
import type { Progress } from "./progress.ts";

const row = (given: Partial<PlannedRow>): PlannedRow => ({
  ...{ dataset: "DTD", model: "ViT-B/16", method: "lamm", variant: "", shots: 1, seed: 2 },
  ...{ key: "k", setup: "s", data: "d" },
  cell: { task: "accuracy", dataset: "DTD", targets: [], model: "ViT-B/16", config: { method: "zero-shot" } },
  ...given,
});

function show(last: NonNullable<GridProgress["last"]>) {
  const notes: string[] = [];
  const warnings: string[] = [];
  const progress: Progress = { update: (_done, _total, note = "") => notes.push(note), finish: () => {} };
  const state: GridProgress = { done: 1, failed: 0, total: 4, secondsLeft: undefined, last };
  showGridProgress(progress, state, (text) => warnings.push(text));
  return { notes, warnings };
}

test.each([
  [row({}), "lamm on DTD, 1 shot, seed 2: 50.0 %"],
  [row({ shots: 16, variant: "CE" }), "lamm (CE) on DTD, 16 shots, seed 2: 50.0 %"],
  [row({ method: "zero-shot", shots: 0, seed: 0 }), "zero-shot on DTD: 50.0 %"],
])("what the last cell came to", (last, expected) => {
  const outcome = { state: "done", metrics: { accuracy: 0.5 }, seconds: 1 } as const;
  expect(show({ row: last, outcome }).notes).toEqual([expected]);
});

test("a cell that failed is told at once", () => {
  const outcome = { state: "failed", error: "broken", seconds: 1 } as const;
  expect(show({ row: row({}), outcome }).warnings).toEqual(["lamm on DTD, 1 shot, seed 2 failed: broken"]);
});
