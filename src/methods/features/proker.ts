import { z } from "zod";
import { DataError } from "../../errors.ts";
import { createTensor, type Tensor } from "../../tensor/tensor.ts";
import { defineFeatureMethod, type FeatureProblem } from "../feature-method.ts";
import { type Given, scaleOption, withDefaults } from "./choice.ts";
import { countPictures, picturesToHoldOut } from "./class-statistics.ts";
import { type Candidate, chooseBest, scoreHeldOut } from "./held-out.ts";
import { fitKernelRidge, type KernelRidge, leaveOneOutFit, rbfKernel, ridgeWeights } from "./kernel-ridge.ts";
import { fitLogitWeights, type LogitWeights, weighLogits } from "./logit-weights.ts";
import { multiplyTransposed, roundToFloat32, transpose } from "./matrix-product.ts";
import { sampleByClass } from "./sample-by-class.ts";
import { choiceLogits, zeroShotLogits } from "./zero-shot-logits.ts";

/** Sharpnesses and ridges that are tried, a factor of 2 to 3 apart. */
const BETAS = [0.3, 1, 2, 4, 8, 16];
const LAMBDAS = [0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10];
/** Used where nothing can be held out, as each class has one picture. */
const DEFAULTS: Setting = { alpha: 20, scale: 1, beta: 1, lambda: 0.1 };
/**
 * Most pictures on which sharpnesses are compared: the time of a decomposition grows with their cube, half a second for these, and how
 * features are spread is seen on fewer as well. The others are chosen on all.
 */
const MOST_FOR_BETA = 500;
/** Most pictures of all: a decomposition of 1,600 takes 13 s on one core, so of these three minutes. */
const MOST_PICTURES = 4000;

/** What is chosen. */
interface Setting extends LogitWeights {
  readonly beta: number;
  readonly lambda: number;
}

const options = z.strictObject({
  beta: z
    .number()
    .positive()
    .optional()
    .describe("sharpness of the kernel exp(-beta (1 - x.x')); by leave-one-out if not given"),
  lambda: z
    .number()
    .positive()
    .optional()
    .describe("ridge: how much the zero-shot logits are trusted; by leave-one-out if not given"),
  alpha: z
    .number()
    .positive()
    .optional()
    .describe("logit of the true class in the targets; by leave-one-out if not given"),
  scale: scaleOption,
});

/**
 * ProKeR: kernel ridge regression of what zero-shot CLIP leaves unexplained,
 * `scale (z(f) + k(f, X) (K + lambda I)^-1 (alpha Y - z(X)))`, z the zero-shot logits `s f.g` and k an RBF kernel, in closed
 * form. Without text features z is 0.
 *
 * Paper: z are bare cosines and the targets are one-hot, which is alpha = s, and beta and lambda are chosen by validation
 * pictures. Its code has `(K / lambda + I)^-1` in this place, lambda times as much. Here all are chosen by leave-one-out, in
 * closed form, on the support set. With one picture a class alpha is 20, beta 1, lambda 0.1 and scale 1, unless given.
 * @see Bendou et al., CVPR 2025, https://arxiv.org/abs/2501.11175
 */
export const proker = defineFeatureMethod({
  kind: "features",
  name: "proker",
  title: "ProKeR",
  description: "kernel ridge regression around zero-shot CLIP, in closed form",
  source: "Bendou et al., CVPR 2025, https://arxiv.org/abs/2501.11175",
  chosenOptions: Object.keys(DEFAULTS),
  options,
  async fit(problem, given) {
    checkSize(problem);
    const beta = given.beta ?? chooseBeta(problem, given);
    const ridge = fitKernelRidge(problem.features, beta);
    const { setting } = chooseRidge(problem, ridge, { ...given, beta });
    const targets = weighLogits(targetParts(problem), { alpha: setting.alpha, scale: 1 });
    return {
      tensors: {
        support: problem.features,
        weight: roundToFloat32(ridgeWeights(ridge, setting.lambda, targets)),
      },
      hyperparameters: { ...setting },
    };
  },
  score({ tensors, hyperparameters, textFeatures, logitScale }, features) {
    const { support, weight } = tensors as { support: Tensor<"float32">; weight: Tensor<"float32"> };
    const classCount = weight.shape[1] ?? 0;
    const base = zeroShotLogits({ features, textFeatures, logitScale, classCount });
    const { beta, scale } = withDefaults(hyperparameters, DEFAULTS);
    const extra = multiplyTransposed(rbfKernel(features, support, beta), transpose(weight));
    return roundToFloat32(weighLogits({ base, extra }, { alpha: 1, scale }));
  },
});

/** What is regressed: `alpha Y - z(X)`, as its two parts. */
function targetParts(problem: FeatureProblem) {
  const { labels, classCount } = problem;
  const zeroShot = zeroShotLogits(problem);
  const base = { ...zeroShot, data: zeroShot.data.map((logit) => -logit) };
  const extra = createTensor("float64", base.shape, new Float64Array(base.data.length));
  labels.forEach((label, picture) => {
    extra.data[picture * classCount + label] = 1;
  });
  return { base, extra };
}

/** Compares sharpnesses, each with its best ridge and weights, on at most {@link MOST_FOR_BETA} pictures. */
function chooseBeta(problem: FeatureProblem, given: Given<Setting>): number {
  const sample = sampleByClass(problem, MOST_FOR_BETA);
  const candidates = BETAS.map((beta) =>
    chooseRidge(sample, fitKernelRidge(sample.features, beta), { ...given, beta }),
  );
  return chooseBest(candidates).setting.beta;
}

/**
 * Ridge and weights by leave-one-out. Regression is linear in the targets, so left-out logits are `z - fit of z` and, alpha times,
 * the fit of Y. Of text features that were learned from these pictures the first z is by what has not seen the picture, as it will be
 * of others, and the fit is of z as it is, as it will be too.
 */
function chooseRidge(problem: FeatureProblem, ridge: KernelRidge, given: Given<Setting>): Candidate<Setting> {
  const { labels } = problem;
  const pictures = picturesToHoldOut(labels, countPictures(problem));
  if (pictures.length === 0)
    return { setting: withDefaults(given, DEFAULTS), score: { logLoss: 0, accuracy: 0 } };
  const judged = { labels, pictures };
  const parts = targetParts(problem);
  const zeroShot = choiceLogits(problem).data;
  const hasWords = problem.textFeatures !== undefined;
  const candidates = (given.lambda === undefined ? LAMBDAS : [given.lambda]).map((lambda) => {
    const extra = leaveOneOutFit(ridge, lambda, parts.extra);
    // Where z is 0 so is its fit.
    const fitted = hasWords ? leaveOneOutFit(ridge, lambda, parts.base).data : parts.base.data;
    const base = { ...parts.base, data: fitted.map((fit, i) => zeroShot[i]! + fit) };
    const weights = fitLogitWeights({ base, extra }, judged, { given, hasWords });
    const setting = { ...withDefaults(given, DEFAULTS), ...weights, lambda };
    return { setting, score: scoreHeldOut(weighLogits({ base, extra }, weights), judged) };
  });
  return chooseBest(candidates);
}

function checkSize({ features }: FeatureProblem): void {
  const pictures = features.shape[0] ?? 0;
  if (pictures <= MOST_PICTURES) return;
  throw new DataError({
    where: "proker, support set",
    expected: `at most ${MOST_PICTURES} pictures, as its time grows with their cube`,
    got: `${pictures}`,
    fix: "Take fewer shots, or gda or linear-probe.",
  });
}
