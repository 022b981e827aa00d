import type { ClipCheckpoint } from "../clip/clip-checkpoint.ts";
import { createPromptEmbeddings } from "../clip/prompt-embeddings.ts";
import { defaultLossWeights, type HierarchicalLossWeights } from "../methods/hierarchical-loss.ts";
import { createLamm } from "../methods/lamm.ts";
import { createPrompts } from "../methods/prompts.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { createRandom } from "../tensor/random.ts";
import { createTensor, type StoredTensor, type Tensor } from "../tensor/tensor.ts";
import type { Adapter, BaseModel } from "./adapter.ts";
import { createFastTrainer, FAST_PARAMETER_LOSS_SHARE } from "./fast-trainer.ts";
import type { FeatureSet } from "./feature-set.ts";
import { PromptObjective } from "./prompt-objective.ts";
import { createPublishedTrainer } from "./published-trainer.ts";
import type { TrainConfig } from "./train-config.ts";
import { type RunOptions, runTrainer, type Trainer } from "./trainer.ts";

/** What an adapter is fitted to, and with. */
export interface FitOptions extends RunOptions {
  readonly runtime: Runtime;
  readonly clip: ClipCheckpoint;
  readonly baseModel: BaseModel;
  readonly classNames: readonly string[];
  readonly data: FeatureSet;
  readonly config: TrainConfig;
  /** Text features of classes that were learned before and stay as they are, normalised, float32 `[N, D]`: fixed negatives. */
  readonly fixedTextFeatures?: Tensor<"float32">;
  /** Brings a stored tensor into memory as float32. */
  readonly readFloat32: (stored: StoredTensor) => Float32Array;
}

/** A fitted adapter and what it took. */
export interface Fit {
  readonly adapter: Adapter;
  /** Passes of the text tower, forward and back over all classes. */
  readonly passes: number;
}

/**
 * Trains an adapter on cached image features.
 *
 * @returns the adapter, or `undefined` where the signal stopped the run; its checkpoint then says where to go on
 * @throws {ConfigError} if a class name does not fit the template
 */
export async function fitAdapter(options: FitOptions): Promise<Fit | undefined> {
  const { runtime, clip, config, data, classNames } = options;
  const lossWeights = resolveLossWeights(config, data);
  const logitScale = Math.exp(clip.weights.logitScale);
  const objective = new PromptObjective({
    runtime,
    tower: { config: clip.config.text, weights: clip.weights.text },
    method: createMethod(options),
    lossWeights,
    logitScale,
    ...(options.fixedTextFeatures && { fixedTextFeatures: options.fixedTextFeatures }),
  });
  try {
    const trainer = createTrainer(objective, data, config);
    if (!(await runTrainer(trainer, options))) return undefined;
    const adapter: Adapter = {
      method: config.method,
      baseModel: options.baseModel,
      classNames,
      template: config.template,
      logitScale,
      config: { ...config, loss: lossWeights },
      textFeatures: await objective.encode(trainer.parameters),
      originalTextFeatures: await objective.originalFeatures(),
      parameters: parametersOf(objective, trainer),
    };
    return { adapter, passes: objective.passes };
  } finally {
    await objective.release();
  }
}

function createMethod({ clip, classNames, config, readFloat32 }: FitOptions) {
  const prompts = createPrompts(clip.tokenizer, classNames, config.template);
  const random = createRandom(config.seed);
  return createLamm(prompts, createPromptEmbeddings(clip.weights.text, readFloat32), {
    learnableTokens: config.tokens,
    initialisation: config.initialisation,
    normal: (standardDeviation) => random.normal(standardDeviation),
  });
}

/** K of l1 = 1/K is the number of pictures a class has, on average where classes differ. */
function resolveLossWeights(
  { loss, schedule }: TrainConfig,
  { labels }: FeatureSet,
): HierarchicalLossWeights {
  const published = defaultLossWeights(labels.length / new Set(labels).size).parameters;
  const share = schedule === "fast" ? FAST_PARAMETER_LOSS_SHARE : 1;
  return { ...loss, parameters: loss.parameters ?? share * published };
}

function createTrainer(
  objective: PromptObjective,
  data: FeatureSet,
  { schedule, epochs, seed }: TrainConfig,
): Trainer {
  return schedule === "fast"
    ? createFastTrainer(objective, data, epochs === undefined ? {} : { maxEvaluations: epochs })
    : createPublishedTrainer(objective, data, { seed, ...(epochs !== undefined && { epochs }) });
}

function parametersOf(objective: PromptObjective, trainer: Trainer): Record<string, Tensor<"float32">> {
  const entries = objective.method.parameters.map(({ name, fileShape }) => {
    const values = trainer.parameters[name] as Float32Array;
    return [name, createTensor("float32", fileShape, values.slice())] as const;
  });
  return Object.fromEntries(entries);
}
