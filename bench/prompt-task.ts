import type { ClipConfig } from "../src/clip/config.ts";
import { loadClipWeights } from "../src/clip/node/load-clip.ts";
import { createPromptEmbeddings, type PromptEmbeddings } from "../src/clip/prompt-embeddings.ts";
import type { TextTower } from "../src/clip/text-tower.ts";
import type { HierarchicalLossWeights } from "../src/methods/hierarchical-loss.ts";
import type { PromptMethod, PromptMethodDefinition } from "../src/methods/method.ts";
import { findMethod } from "../src/methods/methods.ts";
import { createSgd } from "../src/optim/sgd.ts";
import { readFloat32 } from "../src/tensor/node/read-tensor.ts";
import { normalizeFeatures } from "../src/tensor/normalize-features.ts";
import { createRandom } from "../src/tensor/random.ts";
import { createTensor } from "../src/tensor/tensor.ts";
import type { Batch } from "../src/training/feature-set.ts";
import type { Parameters } from "../src/training/parameters.ts";
import type { Evaluation, PromptObjectiveOptions } from "../src/training/prompt-objective.ts";
import { randomPrompts } from "./random-prompts.ts";
import { randomTensor } from "./random-tensor.ts";

/** A problem for a prompt method whose numbers are random and whose sizes are not. */
export interface PromptTask {
  readonly clip: NonNullable<PromptObjectiveOptions["clip"]>;
  readonly tower: TextTower;
  readonly method: PromptMethod;
  readonly embeddings: PromptEmbeddings;
  readonly lossWeights: HierarchicalLossWeights;
  /** s = exp(logit_scale). */
  readonly logitScale: number;
  /** Pixels where the method prompts the image tower, else features. */
  readonly batch: Batch;
}

/** Sizes of a {@link PromptTask}. */
export interface PromptTaskSizes {
  /** As on the command line. */
  readonly method: string;
  /** The method's own; its defaults if not given. */
  readonly options?: Readonly<Record<string, unknown>>;
  readonly classes: number;
  /** Tokens of class names, dealt to the classes in turn. */
  readonly nameLengths: readonly number[];
  /** B, pictures a step. */
  readonly batchSize: number;
}

/** K that the loss weights are those of. */
const SHOTS = 16;

/** Makes a task on the weights of a checkpoint. */
export async function createPromptTask(checkpoint: string, sizes: PromptTaskSizes): Promise<PromptTask> {
  const { classes, nameLengths, options = {} } = sizes;
  const definition = findMethod(sizes.method) as PromptMethodDefinition;
  const clip = await loadClipWeights(checkpoint);
  const { config, weights } = clip;
  const { vocabularySize } = config.text;
  const prompts = randomPrompts(classes, { vocabularySize, nameLengths });
  const embeddings = createPromptEmbeddings(weights.text, readFloat32);
  const problem = { config, prompts, embeddings, random: createRandom(0) };
  const method = definition.create(problem, definition.options.parse(options));
  return {
    clip,
    tower: { config: config.text, weights: weights.text },
    method,
    embeddings,
    lossWeights: definition.lossWeights(SHOTS),
    logitScale: Math.exp(weights.logitScale),
    batch: createBatch(method, config, sizes),
  };
}

function createBatch(
  { promptsImageTower }: PromptMethod,
  { jointWidth, image }: ClipConfig,
  { classes, batchSize }: PromptTaskSizes,
): Batch {
  const data = BigInt64Array.from({ length: batchSize }, (_, i) => BigInt((7 * i) % classes));
  const labels = createTensor("int64", [batchSize], data);
  if (promptsImageTower) {
    return { labels, pixels: randomTensor([batchSize, 3, image.imageSize, image.imageSize], "pictures") };
  }
  return { labels, features: normalizeFeatures(randomTensor([batchSize, jointWidth], "pictures")) };
}

/** A training step: loss and gradients of a task's batch, and SGD as published. */
export function createStep(
  { method, batch }: PromptTask,
  objective: { evaluate(parameters: Parameters, batch: Batch): Promise<Evaluation> },
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
