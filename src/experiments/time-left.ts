import type { PlannedRow } from "./plan-grid.ts";

/** A cell that is done, and how long it took. */
export interface TimedCell {
  readonly row: PlannedRow;
  readonly seconds: number;
}

/**
 * Seconds that cells will take: each as long as those of its method with as many shots took on average, or else as those of its method
 * in proportion to the shots, or else as all.
 *
 * @returns `undefined` where nothing is known
 */
export function estimateSecondsLeft(
  left: readonly PlannedRow[],
  done: readonly TimedCell[],
  concurrency: number,
): number | undefined {
  if (left.length === 0) return 0;
  if (done.length === 0) return undefined;
  const same = averages(done, ({ method, shots, cell }) => `${cell.task} ${method} ${shots}`);
  const perShot = averages(done, ({ method, cell }) => `${cell.task} ${method}`, true);
  const overall = done.reduce((sum, { seconds }) => sum + seconds, 0) / done.length;
  const total = left.reduce((sum, { method, shots, cell }) => {
    const scaled = perShot.get(`${cell.task} ${method}`);
    return (
      sum +
      (same.get(`${cell.task} ${method} ${shots}`) ??
        (scaled === undefined ? overall : scaled * Math.max(1, shots)))
    );
  }, 0);
  return total / Math.max(1, concurrency);
}

function averages(
  done: readonly TimedCell[],
  groupOf: (row: PlannedRow) => string,
  perShot = false,
): Map<string, number> {
  const groups = Map.groupBy(done, ({ row }) => groupOf(row));
  return new Map(
    [...groups].map(([name, cells]) => {
      const total = cells.reduce((sum, { seconds }) => sum + seconds, 0);
      const units = cells.reduce((sum, { row }) => sum + (perShot ? Math.max(1, row.shots) : 1), 0);
      return [name, total / units];
    }),
  );
}
