import { z } from "zod";
import { DataError } from "../../src/errors.ts";
import type { HierarchicalLossWeights } from "../../src/methods/hierarchical-loss.ts";
import type { PromptMethodDefinition } from "../../src/methods/method.ts";
import type { PromptSet } from "../../src/methods/prompts.ts";
import { normalizeFeatures } from "../../src/tensor/normalize-features.ts";
import { createTensor, type Tensor } from "../../src/tensor/tensor.ts";
import { type Batch, type FeatureSet, labelTensor, takeBatch } from "../../src/training/feature-set.ts";
import type { GoldenFolder } from "./golden-folder.ts";
import { readPrompts } from "./golden-prompts.ts";
import type { GoldenTensors } from "./golden-tensors.ts";

const deviations = z.record(z.string(), z.number());
const schema = z.object({
  epochs: z.int().positive(),
  steps_per_epoch: z.int().positive(),
  lr: z.number(),
  lr_per_step: z.array(z.number()),
  losses: z.array(z.number()),
  momentum: z.number(),
  weight_decay: z.number(),
  shots: z.int().positive().default(1),
  /** `false` where the loss is the cross-entropy alone, not the method's own. */
  hier: z.boolean().optional(),
  fp64: z.object({
    max_loss_diff: z.number(),
    max_param_diff: deviations,
    max_grad0_rel: deviations,
    max_test_logit_diff: z.number(),
  }),
});

/** What the `.json` beside a training case says. */
export type TrainingDescription = z.output<typeof schema>;

/** A golden training run. */
export interface TrainingCase {
  readonly description: TrainingDescription;
  readonly tensors: GoldenTensors;
  readonly prompts: PromptSet;
  readonly lossWeights: HierarchicalLossWeights;
  /** One for each step. */
  readonly batches: readonly Batch[];
  /** The test pictures: normalised features, float32 `[N, D]`, or pixels `[N, 3, R, R]`. */
  readonly test: { readonly features: Tensor<"float32"> } | { readonly pixels: Tensor<"float32"> };
}

/** Weights of the cross-entropy alone. */
const CROSS_ENTROPY: HierarchicalLossWeights = { parameters: 0, features: 0, logits: 0, temperature: 1 };

/**
 * Reads a training case, whose pictures are features or, where the image tower is prompted, pixels.
 *
 * @throws {LammError} if a file is missing, damaged, or contradicts another
 */
export function readTrainingCase(
  golden: GoldenFolder,
  name: string,
  method: Pick<PromptMethodDefinition, "lossWeights">,
): TrainingCase {
  const description = golden.json(`${name}.json`, schema);
  const tensors = golden.tensors(name);
  const steps = description.epochs * description.steps_per_epoch;
  for (const key of ["lr_per_step", "losses"] as const) {
    if (description[key].length !== steps) {
      const got = `${description[key].length}`;
      throw new DataError({ where: `${name}.json, ${key}`, expected: `${steps} steps`, got });
    }
  }
  const prompts = readPrompts(tensors);
  const classes = prompts.suffixIds.length;
  const lossWeights = description.hier === false ? CROSS_ENTROPY : method.lossWeights(description.shots);
  const sizes = { steps, classes };
  const isPixels = tensors.has("train.images");
  return {
    description,
    tensors,
    prompts,
    lossWeights,
    batches: isPixels ? readPixelBatches(tensors, sizes) : readBatches(tensors, sizes),
    test: isPixels
      ? { pixels: tensors.float32("test.images", [undefined, undefined, undefined, undefined]) }
      : { features: normalizeFeatures(tensors.float32("test.image_features", [undefined, undefined])) },
  };
}

interface TrainingSizes {
  readonly steps: number;
  readonly classes: number;
}

/** Labels of all steps, one after the other. */
function readLabels(tensors: GoldenTensors, { steps, classes }: TrainingSizes): readonly number[] {
  const { data: labels } = tensors.integers("train.labels", [steps, undefined]);
  const outside = labels.find((label) => label < 0 || label >= classes);
  if (outside !== undefined) {
    throw new DataError({
      where: "train.labels",
      expected: `labels from 0 to ${classes - 1}`,
      got: `${outside}`,
    });
  }
  return labels;
}

function readPixelBatches(tensors: GoldenTensors, sizes: TrainingSizes): Batch[] {
  const { steps } = sizes;
  const labels = readLabels(tensors, sizes);
  const batchSize = labels.length / steps;
  const { shape, data } = tensors.float32("train.images", [steps, batchSize, 3, undefined, undefined]);
  const size = data.length / steps;
  return Array.from({ length: steps }, (_, step) => ({
    pixels: createTensor("float32", shape.slice(1), data.subarray(step * size, (step + 1) * size)),
    labels: labelTensor(labels.slice(step * batchSize, (step + 1) * batchSize)),
  }));
}

function readBatches(tensors: GoldenTensors, sizes: TrainingSizes): Batch[] {
  const { steps } = sizes;
  const labels = readLabels(tensors, sizes);
  const batchSize = labels.length / steps;
  const raw = tensors.float32("train.image_features", [steps, batchSize, undefined]);
  const width = raw.shape[2] ?? 0;
  const { data } = normalizeFeatures(raw);
  const set: FeatureSet = { features: createTensor("float32", [steps * batchSize, 1, width], data), labels };
  const views = Array<number>(batchSize).fill(0);
  return Array.from({ length: steps }, (_, step) =>
    takeBatch(
      set,
      Array.from({ length: batchSize }, (_, i) => step * batchSize + i),
      views,
    ),
  );
}
