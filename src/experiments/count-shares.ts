import type { Tensor } from "../tensor/tensor.ts";
import { rowsOf } from "../training/metrics.ts";

/** Classes among which pictures are told apart, by name of the metric: columns of the logits. */
export type ClassGroups = Readonly<Record<string, readonly number[]>>;

/** Counts right predictions while logits come in blocks. */
export interface ShareCounter {
  /**
   * Adds the next pictures.
   *
   * @param logits float32 `[n, C]`; they are not kept
   */
  add(logits: Tensor<"float32">): void;
  /** Share of the pictures of each group whose largest logit among the group's classes is that of their own, in [0, 1]. */
  shares(): Record<string, number>;
}

/**
 * Starts to count.
 *
 * @param labels the right column of each picture, `[N]`; a picture counts in the groups that have it
 */
export function countShares(groups: ClassGroups, labels: readonly number[]): ShareCounter {
  const counts = Object.entries(groups).map(([name, columns]) => ({
    ...{ name, columns, among: new Set(columns) },
    ...{ correct: 0, total: 0 },
  }));
  let next = 0;
  return {
    add(logits) {
      for (const row of rowsOf(logits)) {
        const label = labels[next++] ?? -1;
        for (const count of counts) {
          if (!count.among.has(label)) continue;
          count.total++;
          if (bestOf(row, count.columns) === label) count.correct++;
        }
      }
    },
    shares: () => Object.fromEntries(counts.map(({ name, correct, total }) => [name, correct / total])),
  };
}

/** The column with the largest logit; the first of several. */
function bestOf(row: Float32Array, columns: readonly number[]): number {
  let best = columns[0] ?? 0;
  for (const column of columns) if ((row[column] ?? 0) > (row[best] ?? 0)) best = column;
  return best;
}
