import type { Random } from "../../tensor/random.ts";

/** Most folds: three quarters of the pictures are learned from, and more would cost as many more fits. */
const MAX_FOLDS = 4;

/** What folds are drawn from. */
export interface FoldOptions {
  /** Class of each picture, `[N]`. */
  readonly labels: readonly number[];
  /** Pictures of each class, `[C]`. */
  readonly counts: readonly number[];
  readonly random: Random;
}

/**
 * Stratified folds: the pictures that are held out together, each picture once. There are as many as the smallest class that
 * can be held out of has pictures, at most four, so that every class is left with a picture to learn from. Pictures that are
 * the only ones of their class are never held out; where all are, there are no folds.
 *
 * @returns indices of pictures by fold
 */
export function drawFolds({ labels, counts, random }: FoldOptions): number[][] {
  const sizes = counts.filter((count) => count > 1);
  if (sizes.length === 0) return [];
  const folds: number[][] = Array.from({ length: Math.min(MAX_FOLDS, ...sizes) }, () => []);
  const order = random.shuffle(labels.map((_, picture) => picture));
  // Going on where the last class ended keeps the folds even.
  let next = 0;
  for (let label = 0; label < counts.length; label++) {
    if ((counts[label] ?? 0) < 2) continue;
    for (const picture of order) {
      if (labels[picture] === label) folds[next++ % folds.length]?.push(picture);
    }
  }
  return folds;
}
