import { z } from "zod";
import { normalizeRows } from "../../clip/layers.ts";
import type { Value } from "../../graph/node.ts";
import { normalizeFeatures } from "../../tensor/normalize-features.ts";
import { createTensor, type Tensor } from "../../tensor/tensor.ts";
import { defineFeatureMethod, type FeatureProblem } from "../feature-method.ts";
import { countPictures } from "./class-statistics.ts";
import type { FeatureModel } from "./feature-objective.ts";
import { roundToFloat32 } from "./matrix-product.ts";
import { minimizeObjective } from "./minimize-objective.ts";
import { requireText, zeroShotLogits } from "./zero-shot-logits.ts";

const options = z.strictObject({
  evaluations: z
    .int()
    .positive()
    .default(100)
    .describe("most evaluations of the loss over the whole support set"),
  penalty: z.number().nonnegative().default(1).describe("factor of the class-wise penalties, 1 as published"),
});

/**
 * CLAP: class prototypes w_c, from the text features t_c on, under the penalty `mean_c lambda_c |w_c - t_c|^2` beside the mean
 * cross-entropy of `s f.w_c / |w_c|`. lambda_c are multipliers of an augmented Lagrangian, initialised by how far zero-shot CLIP
 * is right on the support set: the mean probability it gives to class c on the pictures of c. Like the published runs
 * we stay with these. Nothing is chosen on held-out pictures.
 *
 * Paper: 300 epochs of SGD. Here L-BFGS over the whole support set, to the same loss's minimum.
 * @see Silva-Rodriguez et al., CVPR 2024, https://arxiv.org/abs/2312.12730
 */
export const clap = defineFeatureMethod({
  kind: "features",
  name: "clap",
  title: "CLAP",
  description: "prototypes held near the text features, where zero-shot is right more strongly",
  source: "Silva-Rodriguez et al., CVPR 2024, https://arxiv.org/abs/2312.12730",
  needsText: true,
  options,
  async fit(problem, { evaluations, penalty }) {
    const words = requireText(problem, "clap");
    const multipliers = zeroShotConfidence(problem).map((confidence) => penalty * confidence);
    const prototypes = await minimizeObjective(problem, clapModel(words, multipliers, problem), {
      name: "prototypes",
      start: words.data,
      evaluations,
    });
    return {
      tensors: { prototypes: normalizeFeatures(createTensor("float32", words.shape, prototypes)) },
      hyperparameters: { evaluations, penalty },
    };
  },
  score({ tensors, logitScale }, features) {
    const textFeatures = tensors.prototypes as Tensor<"float32">;
    const classCount = textFeatures.shape[0] ?? 0;
    return roundToFloat32(zeroShotLogits({ features, textFeatures, logitScale, classCount }));
  },
});

function clapModel(
  words: Tensor<"float32">,
  multipliers: readonly number[],
  { logitScale }: FeatureProblem,
): FeatureModel {
  const [classCount = 0] = words.shape;
  const shares = Float32Array.from(multipliers, (multiplier) => multiplier / classCount);
  return {
    parameters: { prototypes: words.shape },
    build(g, features, { prototypes }) {
      const rows = prototypes as Value;
      const logits = g.gemm(features, normalizeRows(g, rows), undefined, { transB: true, alpha: logitScale });
      const change = g.sub(rows, g.constant(words));
      const distances = g.reduceSum(g.mul(change, change), [-1]);
      const penalty = g.reduceSum(g.mul(distances, g.literal("float32", [classCount], shares)));
      return { logits, penalty };
    },
  };
}

/** Mean probability that zero-shot CLIP gives to the true class, of each class: `[C]`, in [0, 1]. */
export function zeroShotConfidence(problem: FeatureProblem): number[] {
  const counts = countPictures(problem);
  const { data } = zeroShotLogits(problem);
  const { labels, classCount } = problem;
  const confidence = new Array<number>(classCount).fill(0);
  labels.forEach((label, picture) => {
    const row = data.subarray(picture * classCount, (picture + 1) * classCount);
    const largest = row.reduce((most, logit) => Math.max(most, logit), Number.NEGATIVE_INFINITY);
    const sum = row.reduce((total, logit) => total + Math.exp(logit - largest), 0);
    const probability = Math.exp((row[label] ?? 0) - largest) / sum;
    confidence[label] = (confidence[label] ?? 0) + probability / (counts[label] ?? 1);
  });
  return confidence;
}
