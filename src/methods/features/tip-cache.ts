import { z } from "zod";
import { createTensor, type Tensor } from "../../tensor/tensor.ts";
import type { FeatureFit, FeatureProblem, FittedFeatures } from "../feature-method.ts";
import { type Given, scaleOption, withDefaults } from "./choice.ts";
import { countPictures, picturesToHoldOut } from "./class-statistics.ts";
import { chooseBest, scoreHeldOut } from "./held-out.ts";
import { fitLogitWeights, type LogitWeights, weighLogits } from "./logit-weights.ts";
import { type Matrix, multiplyTransposed, roundToFloat32 } from "./matrix-product.ts";
import { choiceLogits, zeroShotLogits } from "./zero-shot-logits.ts";

/** Names of what {@link chooseCacheSetting} chooses. */
export const CHOSEN_BY_CACHE = ["alpha", "scale", "beta"];

/** Options of a cache; what is not given is chosen on the support set. */
export const cacheOptions = {
  alpha: z
    .number()
    .nonnegative()
    .optional()
    .describe("weight of the cache's logits beside zero-shot's; by leave-one-out if not given"),
  scale: scaleOption,
  beta: z
    .number()
    .positive()
    .optional()
    .describe("how fast a key's say falls with its distance; by leave-one-out if not given"),
} as const;

/** What a cache of labelled features is asked. */
export interface CacheQuery {
  /** Inner products of pictures and keys, `[M, N]`. */
  readonly affinities: Matrix;
  /** Class of each key, `[N]`. */
  readonly labels: ArrayLike<number>;
  /** C. */
  readonly classCount: number;
  /** Sharpness. */
  readonly beta: number;
  /** Leaves each picture's own key out, where pictures and keys are the same. */
  readonly leaveOneOut?: boolean;
}

/** `exp(-beta (1 - f X^T)) Y`: how near the keys of each class are, summed: float64 `[M, C]`. */
export function cacheLogits(query: CacheQuery): Tensor<"float64"> {
  const { affinities, labels, classCount, beta, leaveOneOut = false } = query;
  const [rows = 0, keys = 0] = affinities.shape;
  const logits = new Float64Array(rows * classCount);
  for (let row = 0; row < rows; row++) {
    for (let key = 0; key < keys; key++) {
      if (leaveOneOut && row === key) continue;
      logits[row * classCount + labels[key]!]! += Math.exp(-beta * (1 - affinities.data[row * keys + key]!));
    }
  }
  return createTensor("float64", [rows, classCount], logits);
}

/** What a cache is set to. */
export interface CacheSetting extends LogitWeights {
  /** Sharpness. */
  readonly beta: number;
}

/** Sharpnesses that are tried: a factor of about 1.6 apart. */
const BETAS = [1, 2, 3.5, 5.5, 9, 14, 22, 35, 55];
/** Best for ImageNet in the paper's ablations; used where nothing can be held out. */
const DEFAULTS: CacheSetting = { alpha: 1, scale: 1, beta: 5.5 };
/** As those without words: votes alone then need to be weighed like logits. About what is chosen at 2 and 4 pictures a class. */
const DEFAULT_ALPHA_WITHOUT_WORDS = 30;

/**
 * Weights and sharpness by leave-one-out on the support set: a picture is classified by the keys of all others.
 *
 * @param given what is set already
 * @returns where each class has one picture the paper's alpha 1 (without text features 30) and beta 5.5, unless given
 * @throws {DataError} if a class has no picture
 */
export function chooseCacheSetting(problem: FeatureProblem, given: Given<CacheSetting>): CacheSetting {
  const { features, labels, classCount, textFeatures } = problem;
  const pictures = picturesToHoldOut(labels, countPictures(problem));
  const hasWords = textFeatures !== undefined;
  if (pictures.length === 0)
    return withDefaults(given, hasWords ? DEFAULTS : { ...DEFAULTS, alpha: DEFAULT_ALPHA_WITHOUT_WORDS });
  const affinities = multiplyTransposed(features, features);
  const base = choiceLogits(problem);
  const judged = { labels, pictures };
  const candidates = (given.beta === undefined ? BETAS : [given.beta]).map((beta) => {
    const extra = cacheLogits({ affinities, labels, classCount, beta, leaveOneOut: true });
    const weights = fitLogitWeights({ base, extra }, judged, { given, hasWords });
    return {
      setting: { ...weights, beta },
      score: scoreHeldOut(weighLogits({ base, extra }, weights), judged),
    };
  });
  return chooseBest(candidates).setting;
}

/** A cache as a fit: the keys and their classes. */
export function cacheFit(
  keys: Tensor<"float32">,
  { labels, classCount }: Pick<FeatureProblem, "labels" | "classCount">,
  setting: CacheSetting,
): FeatureFit {
  return {
    tensors: {
      keys,
      // A file holds float32 alone, in which classes are exact up to 2^24.
      labels: createTensor("float32", [labels.length], Float32Array.from(labels)),
    },
    hyperparameters: { ...setting, classes: classCount },
  };
}

/** `scale (s f.g + alpha exp(-beta (1 - f X^T)) Y)` of what {@link cacheFit} made, float32 `[N, C]`. */
export function scoreCache(
  { tensors, hyperparameters, textFeatures, logitScale }: FittedFeatures,
  features: Tensor<"float32">,
): Tensor<"float32"> {
  const { keys, labels } = tensors as { keys: Tensor<"float32">; labels: Tensor<"float32"> };
  const setting = withDefaults(hyperparameters, { ...DEFAULTS, classes: 0 });
  const classCount = setting.classes;
  const affinities = multiplyTransposed(features, keys);
  const base = zeroShotLogits({ features, textFeatures, logitScale, classCount });
  const extra = cacheLogits({ affinities, labels: labels.data, classCount, beta: setting.beta });
  return roundToFloat32(weighLogits({ base, extra }, setting));
}
