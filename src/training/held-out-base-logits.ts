import type { FeatureProblem } from "../methods/feature-method.ts";
import { countPictures } from "../methods/features/class-statistics.ts";
import { drawFolds } from "../methods/features/folds.ts";
import { zeroShotLogits } from "../methods/features/zero-shot-logits.ts";
import { createRandom } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Fit } from "./fit-options.ts";

/** Trains a base on some of the pictures; gives `undefined` where the signal stopped it. */
export type Refit = (pictures: readonly number[]) => Promise<Fit | undefined>;

/** Logits `[N, C]` in float64, and the passes of the text tower that they took. */
export interface HeldOutBase {
  readonly logits: Tensor<"float64">;
  readonly passes: number;
}

/**
 * Logits of the support set by a base that has not seen the picture: the base is trained again without each fold, at most four of
 * them, as stacking has it. Pictures that are the only ones of their class are never held out and keep those of `textFeatures`.
 *
 * @param problem its text features are those of the base that was trained on all pictures
 * @param options `seed` draws the folds
 * @returns `undefined` where the signal stopped it
 * @see Wolpert 1992, Stacked Generalization, Neural Networks 5
 */
export async function heldOutBaseLogits(
  problem: FeatureProblem,
  { seed, refit }: { readonly seed: number; readonly refit: Refit },
): Promise<HeldOutBase | undefined> {
  const { labels, classCount } = problem;
  const counts = countPictures(problem);
  const logits = zeroShotLogits(problem);
  let passes = 0;
  for (const fold of drawFolds({ labels, counts, random: createRandom(seed) })) {
    const out = new Set(fold);
    const fit = await refit(labels.flatMap((_, picture) => (out.has(picture) ? [] : [picture])));
    if (fit === undefined) return undefined;
    const unseen = zeroShotLogits({ ...problem, textFeatures: fit.adapter.textFeatures }).data;
    for (const picture of fold) {
      const start = picture * classCount;
      logits.data.set(unseen.subarray(start, start + classCount), start);
    }
    passes += fit.passes;
  }
  return { logits, passes };
}
