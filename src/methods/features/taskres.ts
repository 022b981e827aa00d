import { z } from "zod";
import { normalizeRows } from "../../clip/layers.ts";
import type { Value } from "../../graph/node.ts";
import { normalizeFeatures } from "../../tensor/normalize-features.ts";
import { createTensor, type Tensor } from "../../tensor/tensor.ts";
import { defineFeatureMethod } from "../feature-method.ts";
import { countPictures } from "./class-statistics.ts";
import type { FeatureModel } from "./feature-objective.ts";
import { roundToFloat32 } from "./matrix-product.ts";
import { trainInBatches } from "./train-in-batches.ts";
import { requireText, zeroShotLogits } from "./zero-shot-logits.ts";

const options = z.strictObject({
  alpha: z.number().positive().default(0.5).describe("weight of the residual"),
  epochs: z.int().positive().default(100).describe("passes over the support set"),
  learningRate: z.number().positive().default(2e-3).describe("of AdamW at the first step"),
});

/** Pictures of a step, as published. */
const BATCH_SIZE = 256;

/**
 * TaskRes: the classifier is `t + alpha R`, t the text features and R a residual that is trained from 0; logits are
 * `s f.(t + alpha R) / |t + alpha R|`. Nothing is chosen on held-out pictures.
 *
 * Paper: Adam, learning rate 2e-3, batches of 256, 100 epochs (200 from 8 shots on), a warm-up epoch. Here AdamW without decay and
 * warm-up, 100 epochs at every shot count.
 * @see Yu et al., CVPR 2023, https://arxiv.org/abs/2211.10277
 */
export const taskRes = defineFeatureMethod({
  kind: "features",
  name: "taskres",
  title: "TaskRes",
  description: "a residual beside the text features",
  source: "Yu et al., CVPR 2023, https://arxiv.org/abs/2211.10277",
  needsText: true,
  options,
  async fit(problem, { alpha, epochs, learningRate }) {
    const words = requireText(problem, "taskres");
    countPictures(problem);
    const start = { residual: new Float32Array(words.data.length) };
    const model = {
      parameters: { residual: words.shape },
      build: (g, features, { residual }) => {
        const sum = g.add(g.constant(words), g.mul(g.scalar(alpha), residual as Value));
        const options = { transB: true, alpha: problem.logitScale };
        return { logits: g.gemm(features, normalizeRows(g, sum), undefined, options) };
      },
    } satisfies FeatureModel;
    await trainInBatches(problem, model, start, {
      epochs,
      batchSize: BATCH_SIZE,
      learningRate,
      weightDecay: 0,
      eps: 1e-8,
    });
    const sum = words.data.map((word, i) => word + alpha * start.residual[i]!);
    return {
      tensors: { prototypes: normalizeFeatures(createTensor("float32", words.shape, sum)) },
      hyperparameters: { alpha, epochs, learningRate },
    };
  },
  score({ tensors, logitScale }, features) {
    const textFeatures = tensors.prototypes as Tensor<"float32">;
    const classCount = textFeatures.shape[0] ?? 0;
    return roundToFloat32(zeroShotLogits({ features, textFeatures, logitScale, classCount }));
  },
});
