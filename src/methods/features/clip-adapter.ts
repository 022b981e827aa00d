import { z } from "zod";
import { normalizeRows } from "../../clip/layers.ts";
import type { Value } from "../../graph/node.ts";
import { normalizeFeatures } from "../../tensor/normalize-features.ts";
import type { Random } from "../../tensor/random.ts";
import { createTensor, type Tensor } from "../../tensor/tensor.ts";
import { defineFeatureMethod } from "../feature-method.ts";
import { countPictures } from "./class-statistics.ts";
import type { FeatureModel } from "./feature-objective.ts";
import { multiplyTransposed, roundToFloat32 } from "./matrix-product.ts";
import { trainInBatches } from "./train-in-batches.ts";
import { requireText, zeroShotLogits } from "./zero-shot-logits.ts";

const options = z.strictObject({
  ratio: z.number().min(0).max(1).default(0.2).describe("share of the adapted feature in the sum"),
  reduction: z.int().positive().default(4).describe("width of the features over that of the bottleneck"),
  epochs: z.int().positive().default(100).describe("passes over the support set"),
  learningRate: z.number().positive().default(1e-3).describe("of AdamW at the first step"),
});

/** Pictures of a step. */
const BATCH_SIZE = 256;

/**
 * CLIP-Adapter: a bottleneck of two layers changes the image feature, `f' = ratio A(f) + (1 - ratio) f`,
 * `A(f) = relu(W2 relu(W1 f))`; logits are `s f'.g / |f'|`. Nothing is chosen on held-out pictures.
 *
 * Paper: ratio 0.2, a quarter of the width, SGD or Adam with a learning rate of 1e-5 through the image tower's augmentations.
 * Here AdamW with 1e-3 and a cosine on cached features, which takes seconds.
 * @see Gao et al., IJCV 2024, https://arxiv.org/abs/2110.04544
 */
export const clipAdapter = defineFeatureMethod({
  kind: "features",
  name: "clip-adapter",
  title: "CLIP-Adapter",
  description: "a small residual network on the image feature",
  source: "Gao et al., IJCV 2024, https://arxiv.org/abs/2110.04544",
  needsText: true,
  options,
  async fit(problem, { ratio, reduction, epochs, learningRate }) {
    const words = requireText(problem, "clip-adapter");
    countPictures(problem);
    const [, width = 0] = words.shape;
    const narrow = Math.max(1, Math.round(width / reduction));
    const shapes = { down: [narrow, width], up: [width, narrow] };
    const model = {
      parameters: shapes,
      build: (g, features, values) => {
        const { down, up } = values as Record<keyof typeof shapes, Value>;
        const hidden = g.relu(g.gemm(features, down, undefined, { transB: true }));
        const adapted = g.relu(g.gemm(hidden, up, undefined, { transB: true }));
        const sum = g.add(g.mul(g.scalar(ratio), adapted), g.mul(g.scalar(1 - ratio), features));
        const options = { transB: true, alpha: problem.logitScale };
        return { logits: g.gemm(normalizeRows(g, sum), g.constant(words), undefined, options) };
      },
    } satisfies FeatureModel;
    const start = {
      down: drawLayer(shapes.down, problem.random),
      up: drawLayer(shapes.up, problem.random),
    };
    await trainInBatches(problem, model, start, {
      epochs,
      batchSize: BATCH_SIZE,
      learningRate,
      weightDecay: 0,
      eps: 1e-8,
    });
    return {
      tensors: {
        down: createTensor("float32", shapes.down, start.down),
        up: createTensor("float32", shapes.up, start.up),
      },
      hyperparameters: { ratio, reduction, epochs, learningRate },
    };
  },
  score(fitted, features) {
    const { down, up } = fitted.tensors as { down: Tensor<"float32">; up: Tensor<"float32"> };
    const { ratio = 0 } = fitted.hyperparameters;
    const textFeatures = requireText(fitted, "clip-adapter");
    const adapted = reluLayer(reluLayer(features, down), up);
    const sum = adapted.data.map((value, i) => ratio * value + (1 - ratio) * features.data[i]!);
    const changed = normalizeFeatures(createTensor("float32", features.shape, sum));
    const classCount = textFeatures.shape[0] ?? 0;
    return roundToFloat32(
      zeroShotLogits({ features: changed, textFeatures, logitScale: fitted.logitScale, classCount }),
    );
  },
});

/** Uniform in 1 over the root of the inputs, as PyTorch starts a linear layer. */
function drawLayer([outputs = 0, inputs = 1]: readonly number[], random: Random): Float32Array {
  const bound = 1 / Math.sqrt(inputs);
  return new Float32Array(outputs * inputs).map(() => bound * (2 * random.random() - 1));
}

/** `relu(x W^T)`, float32. */
function reluLayer(x: Tensor<"float32">, weight: Tensor<"float32">): Tensor<"float32"> {
  const layer = roundToFloat32(multiplyTransposed(x, weight));
  return { ...layer, data: layer.data.map((value) => Math.max(value, 0)) };
}
