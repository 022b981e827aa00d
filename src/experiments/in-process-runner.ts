import type { CellContext } from "./cell-context.ts";
import { runCell } from "./run-cell.ts";
import type { CellRunner } from "./run-grid.ts";

/** Runs cells one after the other in this process. */
export function createInProcessRunner(context: CellContext): CellRunner {
  return {
    concurrency: 1,
    run: ({ cell, key }, { signal, onProgress }) =>
      runCell({
        ...{ context, cell, key },
        ...(signal && { signal }),
        ...(onProgress && { onProgress }),
      }),
    close: async () => {},
  };
}
