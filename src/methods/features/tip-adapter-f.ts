import { z } from "zod";
import type { Value } from "../../graph/node.ts";
import { createTensor } from "../../tensor/tensor.ts";
import { defineFeatureMethod, type FeatureProblem } from "../feature-method.ts";
import { countPictures } from "./class-statistics.ts";
import { equalTargets, type FeatureModel } from "./feature-objective.ts";
import {
  type CacheSetting,
  CHOSEN_BY_CACHE,
  cacheFit,
  cacheOptions,
  chooseCacheSetting,
  scoreCache,
} from "./tip-cache.ts";
import { trainInBatches } from "./train-in-batches.ts";

const options = z.strictObject({
  ...cacheOptions,
  epochs: z.int().positive().default(20).describe("passes over the support set"),
  learningRate: z.number().positive().default(1e-3).describe("of AdamW at the first step"),
});

/** Pictures of a step, and AdamW's eps and decay (PyTorch's default), as published. */
const BATCH_SIZE = 256;
const [EPS, WEIGHT_DECAY] = [1e-4, 0.01];

/**
 * Tip-Adapter-F: the keys of {@link tipAdapter}'s cache, trained by the cross-entropy of its logits. Alpha, beta and scale are those
 * that Tip-Adapter chooses by leave-one-out before training, and stay.
 *
 * Paper: the pictures of a step are augmented anew, so that none is its own key. Cached features are, so a picture's own key has no
 * say in its loss, where its class has another one; otherwise the keys would have nothing to learn.
 * @see Zhang et al. 2022, https://arxiv.org/abs/2207.09519
 */
export const tipAdapterF = defineFeatureMethod({
  kind: "features",
  name: "tip-adapter-f",
  title: "Tip-Adapter-F",
  description: "Tip-Adapter with trained keys",
  source: "Zhang et al., ECCV 2022, https://arxiv.org/abs/2207.09519",
  chosenOptions: CHOSEN_BY_CACHE,
  options,
  async fit(problem, { epochs, learningRate, ...given }) {
    const setting = chooseCacheSetting(problem, given);
    const { features } = problem;
    const start = { keys: features.data.slice() };
    const batch = Math.min(BATCH_SIZE, features.shape[0] ?? 0);
    await trainInBatches(problem, cacheModel(problem, setting, batch), start, {
      epochs,
      batchSize: BATCH_SIZE,
      learningRate,
      weightDecay: WEIGHT_DECAY,
      eps: EPS,
      inputsOf: (pictures) => ({ mask: maskOf(problem, pictures, batch) }),
    });
    const { tensors, hyperparameters } = cacheFit(
      createTensor("float32", features.shape, start.keys),
      problem,
      setting,
    );
    return { tensors, hyperparameters: { ...hyperparameters, epochs, learningRate } };
  },
  score: scoreCache,
});

function cacheModel(problem: FeatureProblem, setting: CacheSetting, batch: number): FeatureModel {
  const { features, labels, textFeatures, logitScale } = problem;
  const { alpha, beta, scale } = setting;
  const [pictures = 0] = features.shape;
  const values = equalTargets(
    problem,
    labels.map((_, picture) => picture),
    1,
  );
  return {
    parameters: { keys: features.shape },
    inputs: { mask: [batch, pictures] },
    build(g, f, inputs) {
      const { keys, mask } = inputs as Record<"keys" | "mask", Value>;
      const affinities = g.gemm(f, keys, undefined, { transB: true, alpha: beta });
      const votes = g.mul(g.exp(g.sub(affinities, g.scalar(beta))), mask);
      const cache = g.gemm(votes, g.constant(values), undefined, { alpha: scale * alpha });
      if (textFeatures === undefined) return { logits: cache };
      const options = { transB: true, alpha: scale * logitScale };
      return { logits: g.gemm(f, g.constant(textFeatures), cache, options) };
    },
  };
}

/** 0 at a picture's own key, where its class has another one, and 1 elsewhere: float32 `[B, N]`. */
function maskOf(problem: FeatureProblem, pictures: readonly number[], batch: number): Float32Array {
  const { labels } = problem;
  const counts = countPictures(problem);
  const mask = new Float32Array(batch * labels.length).fill(1);
  pictures.forEach((picture, row) => {
    if ((counts[labels[picture] ?? 0] ?? 0) > 1) mask[row * labels.length + picture] = 0;
  });
  return mask;
}
