import type { Tensor } from "../tensor/tensor.ts";
import { argMax, rowsOf } from "./metrics.ts";

/** Shares of pictures that were right, in [0, 1], without the training of the new classes and with it. */
export interface BeforeAfter {
  readonly before: number;
  readonly after: number;
  /** Pictures. */
  readonly total: number;
}

/** How a classifier did before classes joined it, and after; what there are no pictures for is absent. */
export interface AdditionAccuracy {
  /** Pictures of old classes: among old classes alone before, among all of them after. */
  readonly old?: BeforeAfter;
  /** Pictures of new classes among all; before, the new ones were known by their names alone. */
  readonly added?: BeforeAfter;
  /** All pictures among all classes; before as for `added`. Absent unless there are pictures of both. */
  readonly union?: BeforeAfter;
}

/** Logits of labelled pictures, by a classifier with old classes first and new ones behind them. */
export interface AdditionLogits {
  /** Number of old classes. */
  readonly oldCount: number;
  /** Class of each picture among all, `[N]`. */
  readonly labels: readonly number[];
  /** Of old and new classes, float32 `[N, C]`. */
  readonly logits: Tensor<"float32">;
  /** Of the new classes by their names alone, float32 `[N, C - oldCount]`, of the same scale. */
  readonly wordLogits: Tensor<"float32">;
}

/**
 * What new classes did to a classifier whose old classes stay as they are: the old ones lose those pictures that look more like a
 * new one.
 */
export function additionAccuracy({ oldCount, labels, logits, wordLogits }: AdditionLogits): AdditionAccuracy {
  const words = rowsOf(wordLogits);
  const pictures = rowsOf(logits).map((row, index) => {
    const label = labels[index] ?? 0;
    const alone = row.subarray(0, oldCount);
    return {
      isOld: label < oldCount,
      alone: argMax(alone) === label,
      words: argMax([...alone, ...(words[index] ?? [])]) === label,
      after: argMax(row) === label,
    };
  });
  const old = pictures.filter(({ isOld }) => isOld);
  const added = pictures.filter(({ isOld }) => !isOld);
  const compare = (some: typeof pictures, before: "alone" | "words"): BeforeAfter => ({
    before: some.filter((picture) => picture[before]).length / some.length,
    after: some.filter(({ after }) => after).length / some.length,
    total: some.length,
  });
  return {
    ...(old.length > 0 && { old: compare(old, "alone") }),
    ...(added.length > 0 && { added: compare(added, "words") }),
    ...(old.length > 0 && added.length > 0 && { union: compare(pictures, "words") }),
  };
}
