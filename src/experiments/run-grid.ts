import { LammError } from "../errors.ts";
import type { CellContext } from "./cell-context.ts";
import type { CellResult } from "./cell-run.ts";
import type { PlannedRow } from "./plan-grid.ts";
import type { Outcome, ResultStore } from "./result-store.ts";
import { estimateSecondsLeft, type TimedCell } from "./time-left.ts";

/** Something that runs cells: this process, others of this machine, or other machines. */
export interface CellRunner {
  /** Cells that it works on at a time. */
  readonly concurrency: number;
  /** Those of them that are being worked on now, where others wait for that; all if not given. */
  running?(): number;
  /**
   * Runs a cell.
   *
   * @returns `undefined` where the signal stopped it
   * @throws {LammError} if the cell cannot be run; other errors end the grid
   */
  run(row: PlannedRow, watch: CellWatch): Promise<CellResult | undefined>;
  /** Ends it; cells that are running stop. */
  close(): Promise<void>;
}

/** How a cell is watched and stopped. */
export interface CellWatch {
  readonly signal?: AbortSignal;
  /** Called with a share in [0, 1] of the training that is done. */
  readonly onProgress?: (share: number) => void;
}

/** How far a grid is. */
export interface GridProgress {
  readonly done: number;
  readonly failed: number;
  readonly total: number;
  /** Of the cells that are left, `undefined` while nothing is known of their time. */
  readonly secondsLeft: number | undefined;
  /** The cell that ended last, if one has. */
  readonly last?: { readonly row: PlannedRow; readonly outcome: Outcome };
}

/** How a grid is run. */
export interface GridOptions {
  readonly context: CellContext;
  readonly store: ResultStore;
  readonly runner: CellRunner;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: GridProgress) => void;
}

/** What a grid came to. */
export interface GridSummary {
  readonly done: number;
  readonly failed: number;
  readonly total: number;
  /** Cells that were done before. */
  readonly known: number;
  readonly isStopped: boolean;
}

/**
 * Runs the cells that the store has no result of, each once however many tables it is in. A failed cell is kept with its error, and
 * tried again by the next run.
 */
export async function runGrid(
  rows: readonly PlannedRow[],
  { context, store, runner, signal, onProgress }: GridOptions,
): Promise<GridSummary> {
  const unique = [...new Map(rows.map((row) => [row.key, row])).values()];
  const timed: TimedCell[] = [];
  const waiting: PlannedRow[] = [];
  for (const row of unique) {
    const outcome = store.find(row.key);
    if (outcome?.state === "done") timed.push({ row, seconds: outcome.seconds });
    else waiting.push(row);
  }
  const known = timed.length;
  const left = new Set(waiting);
  let failed = 0;
  const report = (last?: GridProgress["last"]) =>
    onProgress?.({
      done: unique.length - left.size - failed,
      failed,
      total: unique.length,
      secondsLeft: estimateSecondsLeft([...left], timed, runner.running?.() ?? runner.concurrency),
      ...(last && { last }),
    });
  report();
  const queue = waiting.values();
  const worker = async () => {
    for (const row of queue) {
      if (signal?.aborted) return;
      const outcome = await attemptCell(runner, row, signal);
      if (outcome === undefined) return;
      store.save(row.key, outcome, { cell: row.cell, ingredients: await context.ingredients(row.cell) });
      left.delete(row);
      if (outcome.state === "failed") failed++;
      else timed.push({ row, seconds: outcome.seconds });
      report({ row, outcome });
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, runner.concurrency) }, worker));
  return {
    done: unique.length - left.size - failed,
    failed,
    total: unique.length,
    known,
    isStopped: left.size > 0,
  };
}

/** What a cell comes to; `undefined` where the signal stopped it. */
async function attemptCell(
  runner: CellRunner,
  row: PlannedRow,
  signal: AbortSignal | undefined,
): Promise<Outcome | undefined> {
  const started = performance.now();
  try {
    const result = await runner.run(row, signal ? { signal } : {});
    return result && { state: "done", ...result };
  } catch (error) {
    // What we did not foresee is an error of the program, not of a cell.
    if (!(error instanceof LammError)) throw error;
    return { state: "failed", error: error.message, seconds: (performance.now() - started) / 1000 };
  }
}
