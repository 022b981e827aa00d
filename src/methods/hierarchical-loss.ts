import { normalizeRows } from "../clip/layers.ts";
import type { GraphBuilder } from "../graph/builder.ts";
import type { Value } from "../graph/node.ts";

/**
 * Weights of the parts of LAMM's loss `CE + l1 WC + l2 COS + l3 KD`; a weight of 0 leaves the part out.
 *
 * The paper gives l1 = 1/K; the scripts published with it ran with 1 at every shot count.
 * @see Gao et al. 2024, https://arxiv.org/abs/2312.08212, section 3.3
 */
export interface HierarchicalLossWeights {
  /** l1, of the distance of the label tokens from the original ones. */
  readonly parameters: number;
  /** l2, of the cosine distance of the text features from the original ones. */
  readonly features: number;
  /** l3, of the cross-entropy between learned and original predictions. */
  readonly logits: number;
  /** T, by which the logits are divided in the third part. */
  readonly temperature: number;
}

/** The published weights for K shots. */
export function defaultLossWeights(shots: number): HierarchicalLossWeights {
  return { parameters: 1 / shots, features: 1, logits: 0.05, temperature: 2 };
}

/** What the parts that see features work on. */
export interface FeatureLossInputs {
  /** Normalised image features, float32 `[B, D]`. */
  readonly imageFeatures: Value;
  /** One-hot labels, float32 `[B, C]`. */
  readonly targets: Value;
  /** Text features of the learned prompts, not normalised, float32 `[C, D]`. */
  readonly textFeatures: Value;
  /** Normalised text features of the original prompts, float32 `[C, D]`. */
  readonly originalTextFeatures: Value;
  /** Normalised text features of further classes, which compete for the pictures but are not trained: float32 `[N, D]`. */
  readonly fixedTextFeatures?: Value;
  /** s = exp(logit_scale). */
  readonly logitScale: number;
}

/** Parts of the loss, each float32 `[]`, before weighting. */
export interface FeatureLosses {
  readonly ce: Value;
  readonly cos: Value;
  readonly kd: Value;
}

/** Cross-entropy of scaled logits `[B, C]` against one-hot targets, averaged over the batch, in nats: float32 `[]`. */
export function crossEntropy(g: GraphBuilder, logits: Value, targets: Value): Value {
  return g.neg(g.reduceMean(g.reduceSum(g.mul(g.logSoftmax(logits), targets), [-1])));
}

/**
 * `T^2 mean_b( - sum_i softmax_i(Z_b / T) log softmax_i(Y_b / T) )`. The learned distribution weighs, and the gradient flows
 * through it: not the usual direction of distillation, but what the paper's eq. 7 and its code compute.
 *
 * @param learned scaled logits Z, float32 `[B, C]`
 * @param original scaled logits Y, float32 `[B, C]`
 */
export function distillation(
  g: GraphBuilder,
  { learned, original, temperature }: { learned: Value; original: Value; temperature: number },
): Value {
  const inverse = g.scalar(1 / temperature);
  const weights = g.softmax(g.mul(learned, inverse));
  const surprise = g.logSoftmax(g.mul(original, inverse));
  const perImage = g.reduceSum(g.mul(weights, surprise), [-1]);
  return g.mul(g.reduceMean(perImage), g.scalar(-(temperature ** 2)));
}

/**
 * The three parts of LAMM's loss that depend on the prompts through their text features.
 *
 * COS: the paper sums `1 - cos` over classes; like the published code we average it over the batch's labels, so that a
 * class counts as often as it occurs.
 * @see Gao et al. 2024, eq. 4 to 7
 */
export function featureLosses(
  g: GraphBuilder,
  inputs: FeatureLossInputs,
  temperature: number,
): FeatureLosses {
  const { imageFeatures, targets, originalTextFeatures, fixedTextFeatures } = inputs;
  const scale = g.scalar(inputs.logitScale);
  const textFeatures = normalizeRows(g, inputs.textFeatures);
  const logitsOf = (features: Value) => {
    const all = fixedTextFeatures === undefined ? features : g.concat([features, fixedTextFeatures], 0);
    return g.mul(g.gemm(imageFeatures, all, undefined, { transB: true }), scale);
  };
  const learned = logitsOf(textFeatures);
  const cosines = g.reduceSum(g.mul(textFeatures, originalTextFeatures), [-1]);
  const shareOfClass = g.reduceMean(targets, [0]);
  return {
    ce: g.scope("ce", () => crossEntropy(g, learned, widenTargets(g, targets, fixedTextFeatures))),
    cos: g.scope("cos", () => g.sub(g.scalar(1), g.reduceSum(g.mul(shareOfClass, cosines)))),
    kd: g.scope("kd", () =>
      distillation(g, { learned, original: logitsOf(originalTextFeatures), temperature }),
    ),
  };
}

/** Targets `[B, C + N]`: no picture of the batch belongs to one of the N fixed classes. */
function widenTargets(g: GraphBuilder, targets: Value, fixed: Value | undefined): Value {
  if (fixed === undefined) return targets;
  const none = g.expand(g.scalar(0), [targets.shape[0] ?? 0, fixed.shape[0] ?? 0]);
  return g.concat([targets, none], 1);
}

/** WC: squared distance of the label tokens from the original ones, summed over everything: float32 `[]`. */
export function tokenDistance(g: GraphBuilder, tokens: Value, original: Value): Value {
  const difference = g.sub(tokens, original);
  return g.reduceSum(g.mul(difference, difference));
}
