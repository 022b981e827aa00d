import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { IntervalReport } from "../src/pretraining/pretrainer.ts";
import { CURVE_FILE, pretrain } from "../src/tasks/pretrain.ts";

const root = join(import.meta.dirname, "..");

/** Intervals of the embedded model's training that are run again: about a minute. */
const INTERVALS = 2;
/** Other machines and engines round otherwise; so early in the training that hardly grows. */
const TOLERANCE = 0.01;

test("the embedded model's training begins as recorded: its loss falls", { timeout: 600_000 }, async () => {
  const recorded = JSON.parse(
    readFileSync(join(root, "models", "picture-world", CURVE_FILE), "utf8"),
  ) as IntervalReport[];
  const folder = mkdtempSync(join(tmpdir(), "lamm-pretrain-"));
  const abort = new AbortController();
  const intervals: IntervalReport[] = [];
  try {
    const result = await pretrain(join(root, "picture-world", "pretrain.json"), {
      out: join(folder, "model"),
      signal: abort.signal,
      onInterval: (interval) => {
        intervals.push(interval);
        if (intervals.length === INTERVALS) abort.abort();
      },
    });
    expect(result).toBeUndefined();
  } finally {
    rmSync(folder, { recursive: true });
  }
  expect(intervals.map(({ step }) => step)).toEqual(recorded.slice(0, INTERVALS).map(({ step }) => step));
  intervals.forEach(({ loss }, index) => {
    expect(Math.abs(loss - (recorded[index]?.loss ?? Number.NaN))).toBeLessThan(TOLERANCE);
  });
  const [first, second] = intervals;
  expect(second?.loss).toBeLessThan((first?.loss ?? 0) - 2 * TOLERANCE);
});
