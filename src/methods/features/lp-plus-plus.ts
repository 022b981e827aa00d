import { z } from "zod";
import type { Value } from "../../graph/node.ts";
import { createTensor, type Tensor } from "../../tensor/tensor.ts";
import { defineFeatureMethod, type FeatureProblem } from "../feature-method.ts";
import { classMeans, countPictures } from "./class-statistics.ts";
import { createFeatureObjective, equalTargets, type FeatureModel } from "./feature-objective.ts";
import { linearLogits } from "./linear-logits.ts";
import { multiplyTransposed, roundToFloat32, transpose } from "./matrix-product.ts";
import { symmetricEigen } from "./symmetric-eigen.ts";
import { requireText } from "./zero-shot-logits.ts";

const options = z.strictObject({
  iterations: z.int().positive().default(300).describe("steps over the whole support set"),
});

/** Steps in w to one in alpha, as published. */
const W_STEPS = 10;
/** Alpha's start, times s and the mean cosine of pictures with their own class's text feature: the published 250 where s is 100. */
const ALPHA_START = 2.5;
/** As published, beside step sizes that are safe without it. */
const MOMENTUM = 0.9;

/**
 * LP++: the classifier of class k is `w_k + alpha_k t_k`, t the text features; logits are `f.(w_k + alpha_k t_k)`. Blocks w and alpha
 * are moved in turn down the mean cross-entropy, by steps that its curvature allows: 1 / L, L the block's Lipschitz constant, from the
 * pictures alone. w starts from the sums of each class's features, alpha from their cosines with the text features. Nothing is chosen
 * on held-out pictures.
 *
 * The Hessian of softmax's cross-entropy is at most 1/2, so `L_w = lambda_max(F^T F) / (2 N)` and
 * `L_alpha = max_k sum_i (f_i.t_k)^2 / (2 N)`. Published code has half of L_w, and keeps the step that is best on validation
 * pictures; here it is the last.
 * @see Huang et al., CVPR 2024, https://arxiv.org/abs/2404.02285
 */
export const lpPlusPlus = defineFeatureMethod({
  kind: "features",
  name: "lp++",
  title: "LP++",
  description: "a linear probe blended with the text features class by class",
  source: "Huang et al., CVPR 2024, https://arxiv.org/abs/2404.02285",
  needsText: true,
  options,
  async fit(problem, { iterations }) {
    const words = requireText(problem, "lp++");
    const { weight, alpha } = await descend(problem, words, iterations);
    const width = words.shape[1] ?? 1;
    const blended = weight.map((value, i) => value + alpha[Math.floor(i / width)]! * words.data[i]!);
    return {
      tensors: { weight: createTensor("float32", words.shape, blended) },
      hyperparameters: { iterations },
    };
  },
  score({ tensors }, features) {
    return roundToFloat32(linearLogits(features, { weight: tensors.weight as Tensor<"float32"> }));
  },
});

/** Moves both blocks, and gives where they end. */
async function descend(problem: FeatureProblem, words: Tensor<"float32">, iterations: number) {
  const { features, labels, classCount, runtime } = problem;
  const [pictures = 0, width = 0] = features.shape;
  const { weight, alpha, weightStep, alphaStep } = startOf(problem, words);
  const rows = labels.map((_, picture) => picture);
  const batch = { features, targets: equalTargets(problem, rows, 1 / pictures) };
  const model = blendModel(words);
  const velocity = new Float32Array(weight.length);
  const objective = await createFeatureObjective(runtime, model, { batch: pictures, width, classCount });
  try {
    for (let iteration = 1; iteration <= iterations; iteration++) {
      const { gradients } = await objective.evaluate({ weight, alpha }, batch);
      const { weight: dw, alpha: da } = gradients as Record<"weight" | "alpha", Float32Array>;
      for (let i = 0; i < weight.length; i++) {
        velocity[i] = MOMENTUM * velocity[i]! + dw[i]!;
        weight[i]! -= weightStep * velocity[i]!;
      }
      if (iteration % W_STEPS === 0) for (let k = 0; k < alpha.length; k++) alpha[k]! -= alphaStep * da[k]!;
    }
    return { weight, alpha };
  } finally {
    await objective.release();
  }
}

function blendModel(words: Tensor<"float32">): FeatureModel {
  const [classCount = 0] = words.shape;
  return {
    parameters: { weight: words.shape, alpha: [classCount] },
    build(g, f, values) {
      const { weight, alpha } = values as Record<"weight" | "alpha", Value>;
      const cosines = g.gemm(f, g.constant(words), undefined, { transB: true });
      return { logits: g.gemm(f, weight, g.mul(cosines, alpha), { transB: true }) };
    },
  };
}

/** Where the blocks begin, and how far their steps go. */
export function startOf(problem: FeatureProblem, words: Tensor<"float32">) {
  const { features, labels, classCount, logitScale } = problem;
  const [pictures = 0] = features.shape;
  const counts = countPictures(problem);
  const means = classMeans(problem, counts);
  const width = features.shape[1] ?? 1;
  const weight = Float32Array.from(means.data, (mean, i) => mean * (counts[Math.floor(i / width)] ?? 0));
  const cosines = multiplyTransposed(features, words).data;
  const squares = new Array<number>(classCount).fill(0);
  let own = 0;
  labels.forEach((label, picture) => {
    own += cosines[picture * classCount + label]! / (counts[label] ?? 1) / classCount;
    for (let k = 0; k < classCount; k++) squares[k]! += cosines[picture * classCount + k]! ** 2;
  });
  // The Gram matrix of pictures has the same largest eigenvalue as that of coordinates.
  const small = pictures < width ? features : transpose(features);
  const largest = symmetricEigen(multiplyTransposed(small, small)).values.at(-1) ?? 1;
  return {
    weight,
    alpha: new Float32Array(classCount).fill(ALPHA_START * logitScale * own),
    weightStep: (2 * pictures) / largest,
    alphaStep: (2 * pictures) / Math.max(...squares, Number.MIN_VALUE),
  };
}
