import type { Cell } from "./cell.ts";
import type { CellContext } from "./cell-context.ts";
import type { Metrics } from "./result-row.ts";

/** How a cell is run. */
export interface CellRun {
  readonly context: CellContext;
  readonly cell: Cell;
  /** From `CellContext.key`; names its checkpoint. */
  readonly key: string;
  readonly signal?: AbortSignal;
  /** Called with a share in [0, 1] of the training that is done. */
  readonly onProgress?: (share: number) => void;
}

/** What a cell measured. */
export interface CellResult {
  readonly metrics: Metrics;
  /**
   * How long it took, in all sittings where it has a folder for checkpoints. Of a sitting that was killed the time after its last note is
   * missing: a second or an epoch, whichever is longer.
   */
  readonly seconds: number;
}
