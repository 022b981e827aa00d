import { ConfigError } from "../errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkLogits } from "./labelled-logits.ts";
import { argMax, rowsOf } from "./metrics.ts";

/** Share of known pictures that are given up for the sake of the unknown ones, unless told otherwise. */
const DEFAULT_SHARE = 0.05;

/** Below which {@link familiarity} a picture shows none of the classes. */
export interface Rejection {
  /** In the unit of the logits. */
  readonly threshold: number;
  /** Share of new pictures of the known classes that are expected below it, in (0, 1). */
  readonly knownRejected: number;
}

/**
 * How much a picture looks like one of the classes: its largest logit less the mean of all of them and a zero, as though there
 * were one more class of which it has nothing,
 *
 * `max_i z_i - sum_i z_i / (C + 1)`.
 *
 * A picture of no class is about as close to all of them, and close to some pictures are to everything. With many classes this
 * is the limit of the maximum softmax at high temperature, which Ming et al. use for CLIP; with two, where that only says how
 * undecided the classifier is, the largest logit itself counts. docs/experiments.md has what it was compared with: calibrated
 * probability, log-sum-exp (energy), entropy, margin.
 *
 * @param logits of one picture, scaled cosines, `[C]`; of other logits only those that rise with closeness will do
 * @returns in the unit of the logits
 * @see Ming et al. 2022, Delving into Out-of-Distribution Detection with Vision-Language Representations,
 *   https://arxiv.org/abs/2211.13445; Hendrycks et al. 2022, Scaling Out-of-Distribution Detection for Real-World Settings,
 *   https://arxiv.org/abs/1911.11132
 */
export function familiarity(logits: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < logits.length; i++) sum += logits[i]!;
  return familiarityOf({ largest: logits[argMax(logits)] ?? Number.NaN, sum, classCount: logits.length });
}

/** {@link familiarity} from what it depends on; `largest` and `sum` of `classCount` logits. */
export function familiarityOf({
  largest,
  sum,
  classCount,
}: {
  readonly largest: number;
  readonly sum: number;
  readonly classCount: number;
}): number {
  return largest - sum / (classCount + 1);
}

/**
 * Finds the threshold below which a picture is "none of these", from known pictures alone: the r-th lowest of their N scores,
 * with r the largest whole number for which r / (N + 1) is not above the share. That ratio is the chance of a new known picture
 * to fall below it (exchangeable pictures, no equal scores), whatever the distribution. With fewer pictures than 1 / share
 * there is no such r: it is 1 then, and `knownRejected` says how much larger the share becomes.
 *
 * The logits have to be as those of new pictures will be: out-of-sample, of the centre crop where new pictures are seen so,
 * and of the same scale. Of methods whose logits grow or shrink with the number of pictures, leave few out: many folds.
 *
 * @param logits out-of-sample, of support pictures, float32 `[N, C]`
 * @param share of known pictures that may be rejected, in (0, 1); 0.05 unless given
 * @throws {DataError} if there are no pictures, or logits that are not finite
 * @throws {ConfigError} if the share is not in (0, 1)
 * @see Vovk, Gammerman & Shafer 2005, Algorithmic Learning in a Random World, for the rank
 * @example
 * const rejection = fitRejection({ logits: outOfSample });
 * const unknown = rowsOf(logits).map((row) => isUnknown(row, rejection));
 */
export function fitRejection({
  logits,
  share = DEFAULT_SHARE,
}: {
  readonly logits: Tensor<"float32">;
  readonly share?: number;
}): Rejection {
  checkLogits("fitRejection", logits);
  if (!(share > 0 && share < 1)) {
    throw new ConfigError({
      where: "fitRejection, share",
      expected: "a number in (0, 1)",
      got: String(share),
    });
  }
  const scores = Float64Array.from(rowsOf(logits), familiarity).sort();
  // A millionth more: 0.05 * 20 may come out a rounding below 1.
  const rank = Math.min(Math.max(Math.floor(share * (scores.length + 1) + 1e-6), 1), scores.length);
  return { threshold: scores[rank - 1]!, knownRejected: rank / (scores.length + 1) };
}

/**
 * Whether a picture shows none of the classes, as far as the threshold can tell.
 *
 * @param logits of one picture, `[C]`, of the classifier that the rejection was fitted for
 */
export function isUnknown(logits: ArrayLike<number>, { threshold }: Rejection): boolean {
  return familiarity(logits) < threshold;
}
