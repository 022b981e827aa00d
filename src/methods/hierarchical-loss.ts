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
  /** Text features of the learned prompts, not normalised, float32 `[C, D]`, or `[B, C, D]` where they depend on the picture. */
  readonly textFeatures: Value;
  /**
   * Normalised text features of the original prompts, of the same shape. Without them COS and KD are 0.
   */
  readonly originalTextFeatures?: Value;
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
  const { targets, originalTextFeatures, fixedTextFeatures } = inputs;
  const textFeatures = normalizeRows(g, inputs.textFeatures);
  const learned = logitsOf(g, inputs, textFeatures);
  const ce = g.scope("ce", () => crossEntropy(g, learned, widenTargets(g, targets, fixedTextFeatures)));
  if (originalTextFeatures === undefined) return { ce, cos: g.scalar(0), kd: g.scalar(0) };
  return {
    ce,
    cos: g.scope("cos", () => {
      const cosines = g.reduceSum(g.mul(textFeatures, originalTextFeatures), [-1]);
      return g.sub(g.scalar(1), meanOverLabels(g, targets, cosines));
    }),
    kd: g.scope("kd", () =>
      distillation(g, { learned, original: logitsOf(g, inputs, originalTextFeatures), temperature }),
    ),
  };
}

/** Scaled cosines of pictures and classes, float32 `[B, C]`, those with fixed classes behind them. */
function logitsOf(
  g: GraphBuilder,
  { imageFeatures, fixedTextFeatures: fixed, logitScale }: FeatureLossInputs,
  textFeatures: Value,
): Value {
  const scale = g.scalar(logitScale);
  const cosinesWith = (features: Value) => g.gemm(imageFeatures, features, undefined, { transB: true });
  if (textFeatures.shape.length === 2) {
    const all = fixed === undefined ? textFeatures : g.concat([textFeatures, fixed], 0);
    return g.mul(cosinesWith(all), scale);
  }
  const [batch = 0, classes = 0, width = 0] = textFeatures.shape;
  const own = g.reshape(g.matMul(textFeatures, g.reshape(imageFeatures, [batch, width, 1])), [
    batch,
    classes,
  ]);
  return g.mul(fixed === undefined ? own : g.concat([own, cosinesWith(fixed)], 1), scale);
}

/** Mean over the batch of its labels' values, which are `[C]`, or `[B, C]` where they depend on the picture. */
function meanOverLabels(g: GraphBuilder, targets: Value, values: Value): Value {
  if (values.shape.length === 1) return g.reduceSum(g.mul(g.reduceMean(targets, [0]), values));
  return g.reduceMean(g.reduceSum(g.mul(targets, values), [-1]));
}

/** Targets `[B, C + N]`: no picture of the batch belongs to one of the N fixed classes. */
function widenTargets(g: GraphBuilder, targets: Value, fixed: Value | undefined): Value {
  if (fixed === undefined) return targets;
  const none = g.expand(g.scalar(0), [targets.shape[0] ?? 0, fixed.shape[0] ?? 0]);
  return g.concat([targets, none], 1);
}

/** A part of the loss and its gradient. */
export interface TokenDistance {
  /** Sum of squares. */
  readonly loss: number;
  /** float32, of the tokens' length. */
  readonly gradient: Float32Array;
}

/**
 * WC: squared distance of learned tokens from the original ones, summed over classes, tokens and dimensions, in float64.
 *
 * @see Gao et al. 2024, eq. 3
 */
export function tokenDistance(tokens: Float32Array, original: Float32Array): TokenDistance {
  let loss = 0;
  const gradient = tokens.map((token, i) => {
    const difference = token - original[i]!;
    loss += difference * difference;
    return 2 * difference;
  });
  return { loss, gradient };
}
