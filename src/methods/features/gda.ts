import { z } from "zod";
import type { Tensor } from "../../tensor/tensor.ts";
import { defineFeatureMethod } from "../feature-method.ts";
import { scaleOption, withDefaults } from "./choice.ts";
import { countPictures, picturesToHoldOut } from "./class-statistics.ts";
import { fitGaussians, gaussianClassifier, leaveOneOutLogits } from "./gaussians.ts";
import { chooseBest, scoreHeldOut } from "./held-out.ts";
import { linearLogits } from "./linear-logits.ts";
import { fitLogitWeights, weighLogits } from "./logit-weights.ts";
import { roundToFloat32 } from "./matrix-product.ts";
import { choiceLogits, zeroShotLogits } from "./zero-shot-logits.ts";

/** Shrinkages that are tried: the published 1 and about each third of a decade around it. */
const SHRINKAGES = [0.03, 0.1, 0.3, 1, 3, 10, 30, 100];
/** With one picture a class nothing can be held out. */
const DEFAULTS = { alpha: 0.1, scale: 1, shrinkage: 1 };

const options = z.strictObject({
  alpha: z
    .number()
    .nonnegative()
    .optional()
    .describe("weight of the Gaussians' logits beside zero-shot's; by leave-one-out if not given"),
  scale: scaleOption,
  shrinkage: z
    .number()
    .positive()
    .optional()
    .describe(
      "share h of the trace in the ridge of the covariance, published 1; by leave-one-out if not given",
    ),
});

/**
 * Gaussian discriminant analysis: `scale (s f.g + alpha (f w^T + b))`, from class means and one shrunk covariance, without training.
 * Without text features it is that discriminant alone.
 *
 * Paper: alpha by validation pictures, shrinkage and scale 1. Here all by leave-one-out, in closed form, on the support set.
 * With one picture a class alpha is 0.1, scale 1 and shrinkage 1, unless given.
 * @see Wang et al., "A hard-to-beat baseline for training-free CLIP-based adaptation", ICLR 2024, https://arxiv.org/abs/2402.04087
 */
export const gda = defineFeatureMethod({
  kind: "features",
  name: "gda",
  title: "GDA",
  description: "Gaussians with one covariance for all classes, in closed form",
  source: "Wang et al., ICLR 2024, https://arxiv.org/abs/2402.04087",
  chosenOptions: Object.keys(DEFAULTS),
  options,
  async fit(problem, given) {
    const counts = countPictures(problem);
    const gaussians = fitGaussians(problem, counts);
    const pictures = picturesToHoldOut(problem.labels, counts);
    const judged = { labels: problem.labels, pictures };
    const base = choiceLogits(problem);
    const hasWords = problem.textFeatures !== undefined;
    const candidates = (given.shrinkage === undefined ? SHRINKAGES : [given.shrinkage]).map((shrinkage) => {
      const extra = leaveOneOutLogits(gaussians, { labels: problem.labels, counts, shrinkage });
      const weights = fitLogitWeights({ base, extra }, judged, { given, hasWords });
      return {
        setting: { shrinkage, ...weights },
        score: scoreHeldOut(weighLogits({ base, extra }, weights), judged),
      };
    });
    const setting = pictures.length > 0 ? chooseBest(candidates).setting : withDefaults(given, DEFAULTS);
    const { weight, bias } = gaussianClassifier(gaussians, setting.shrinkage);
    return {
      tensors: {
        weight: roundToFloat32(weight),
        bias: { dtype: "float32", shape: [bias.length], data: Float32Array.from(bias) },
      },
      hyperparameters: setting,
    };
  },
  score({ tensors, hyperparameters, textFeatures, logitScale }, features) {
    const { weight, bias } = tensors as { weight: Tensor<"float32">; bias: Tensor<"float32"> };
    const classCount = weight.shape[0] ?? 0;
    const base = zeroShotLogits({ features, textFeatures, logitScale, classCount });
    const extra = linearLogits(features, { weight, bias: bias.data });
    return roundToFloat32(weighLogits({ base, extra }, withDefaults(hyperparameters, DEFAULTS)));
  },
});
