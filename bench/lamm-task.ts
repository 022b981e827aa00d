import { loadClipWeights } from "../src/clip/node/load-clip.ts";
import { createPromptEmbeddings, type PromptEmbeddings } from "../src/clip/prompt-embeddings.ts";
import type { TextTower } from "../src/clip/text-tower.ts";
import { defaultLossWeights, type HierarchicalLossWeights } from "../src/methods/hierarchical-loss.ts";
import { lamm } from "../src/methods/lamm.ts";
import type { PromptMethod } from "../src/methods/method.ts";
import type { PromptSet } from "../src/methods/prompts.ts";
import { createSgd } from "../src/optim/sgd.ts";
import { readFloat32 } from "../src/tensor/node/read-tensor.ts";
import { normalizeFeatures } from "../src/tensor/normalize-features.ts";
import { createRandom } from "../src/tensor/random.ts";
import { createTensor } from "../src/tensor/tensor.ts";
import type { FeatureBatch } from "../src/training/feature-set.ts";
import type { Evaluation, Parameters } from "../src/training/prompt-objective.ts";
import { randomPrompts } from "./random-prompts.ts";
import { randomTensor } from "./random-tensor.ts";

/** A problem for LAMM whose numbers are random and whose sizes are not. */
export interface LammTask {
  readonly tower: TextTower;
  readonly method: PromptMethod;
  readonly prompts: PromptSet;
  readonly embeddings: PromptEmbeddings;
  readonly lossWeights: HierarchicalLossWeights;
  /** s = exp(logit_scale). */
  readonly logitScale: number;
  readonly batch: FeatureBatch;
}

/** Sizes of a {@link LammTask}. */
export interface LammTaskSizes {
  readonly classes: number;
  /** Tokens of class names, dealt to the classes in turn. */
  readonly nameLengths: readonly number[];
  /** B, pictures a step. */
  readonly batchSize: number;
}

/** Makes a task on the weights of a checkpoint. */
export async function createLammTask(checkpoint: string, sizes: LammTaskSizes): Promise<LammTask> {
  const { classes, nameLengths, batchSize } = sizes;
  const { config, weights } = await loadClipWeights(checkpoint);
  const { vocabularySize } = config.text;
  const prompts = randomPrompts(classes, { vocabularySize, nameLengths });
  const embeddings = createPromptEmbeddings(weights.text, readFloat32);
  const labels = BigInt64Array.from({ length: batchSize }, (_, i) => BigInt((7 * i) % classes));
  return {
    tower: { config: config.text, weights: weights.text },
    method: lamm.create(
      { config, prompts, embeddings, random: createRandom(0) },
      { tokens: "shared", initialisation: "words" },
    ),
    prompts,
    embeddings,
    lossWeights: defaultLossWeights(16),
    logitScale: Math.exp(weights.logitScale),
    batch: {
      features: normalizeFeatures(randomTensor([batchSize, config.jointWidth], "pictures")),
      labels: createTensor("int64", [batchSize], labels),
    },
  };
}

/** A training step: loss and gradients of a task's batch, and SGD as published. */
export function createStep(
  { method, batch }: LammTask,
  objective: { evaluate(parameters: Parameters, batch: FeatureBatch): Promise<Evaluation> },
): () => Promise<void> {
  const optimizer = createSgd({ momentum: 0.9, weightDecay: 5e-4 });
  const parameters = Object.fromEntries(
    method.parameters.map(({ name, initial }) => [name, initial.data.slice()]),
  );
  return async () => {
    const { gradients } = await objective.evaluate(parameters, batch);
    optimizer.step(parameters, gradients, 0.002);
  };
}
