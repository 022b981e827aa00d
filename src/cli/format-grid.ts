import type { PlannedRow } from "../experiments/plan-grid.ts";
import type { ResultStore } from "../experiments/result-store.ts";
import type { GridProgress, GridSummary } from "../experiments/run-grid.ts";
import { shotsPhrase } from "../experiments/shots-phrase.ts";
import { percent } from "../training/percent.ts";
import type { Progress } from "./progress.ts";

/** Shows how far a grid is and what the last cell came to; a failed one is told at once. */
export function showGridProgress(
  progress: Progress,
  { done, failed, total, secondsLeft, last }: GridProgress,
  warn: (text: string) => void,
): void {
  if (last?.outcome.state === "failed") warn(`${describe(last.row)} failed: ${last.outcome.error}`);
  const note = [
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(last?.outcome.state === "done" ? [`${describe(last.row)}: ${mainMetric(last.outcome.metrics)}`] : []),
  ].join(", ");
  progress.update(done + failed, total, note, secondsLeft === undefined ? undefined : 1000 * secondsLeft);
}

function describe({ method, variant, dataset, shots, seed }: PlannedRow): string {
  const name = variant === "" ? method : `${method} (${variant})`;
  return shots === 0 ? `${name} on ${dataset}` : `${name} on ${dataset}, ${shotsPhrase(shots)}, seed ${seed}`;
}

const mainMetric = (metrics: Readonly<Record<string, number>>) =>
  percent(metrics.accuracy ?? metrics.union ?? Number.NaN);

/** What a grid came to, and what to do with it. */
export function formatGridSummary(
  { done, failed, total, known }: GridSummary,
  store: ResultStore,
  out: string,
): string {
  const before = known > 0 ? ` (${known} were there before)` : "";
  const bad = failed > 0 ? ` ${failed} failed; the same command tries them again.` : "";
  return `${done} of ${total} cells are done${before}.${bad}\nResults are in ${store.file}; for tables and figures:\n  lamm report ${out}\n`;
}
