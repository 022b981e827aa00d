import type { ClipCheckpoint } from "../clip/clip-checkpoint.ts";
import { createPromptEmbeddings } from "../clip/prompt-embeddings.ts";
import { zeroShotFeatures } from "../clip/zero-shot.ts";
import { ConfigError } from "../errors.ts";
import { freezeParameters } from "../methods/freeze-parameters.ts";
import type { HierarchicalLossWeights } from "../methods/hierarchical-loss.ts";
import type { PromptMethod, PromptMethodDefinition } from "../methods/method.ts";
import { createPrompts } from "../methods/prompts.ts";
import { startParameters } from "../methods/start-parameters.ts";
import { createRandom } from "../tensor/random.ts";
import { createTensor, type Tensor } from "../tensor/tensor.ts";
import type { Adapter } from "./adapter.ts";
import type { AdapterParameters } from "./class-parameters.ts";
import { createFastTrainer, FAST_PARAMETER_LOSS_SHARE } from "./fast-trainer.ts";
import { type BatchSource, featureBatches } from "./feature-set.ts";
import type { Fit, FitOptions } from "./fit-options.ts";
import type { Parameters } from "./parameters.ts";
import { pixelBatches } from "./pixel-set.ts";
import { PromptObjective } from "./prompt-objective.ts";
import { createPublishedTrainer } from "./published-trainer.ts";
import { checkSchedule, methodOptions, type PromptTrainConfig, type TrainConfig } from "./train-config.ts";
import { runTrainer, type Trainer } from "./trainer.ts";

/** Trains prompts; see `fitAdapter`. */
export async function fitPrompts(
  definition: PromptMethodDefinition,
  config: PromptTrainConfig,
  options: FitOptions,
): Promise<Fit | undefined> {
  const { runtime, classNames } = options;
  checkSchedule(config);
  const clip = checkClip(definition, options.clip);
  const { readFloat32, frozenParameters = {}, initialParameters = {} } = options;
  const fresh = createPromptMethod(definition, config, { clip, classNames, readFloat32 });
  const whole = startParameters(fresh, initialParameters);
  const method = withFrozenTower(freezeParameters(whole, frozenParameters), options);
  const data = batchesOf(method, options);
  const lossWeights = resolveLossWeights(definition, config, data);
  const logitScale = Math.exp(clip.weights.logitScale);
  const objective = new PromptObjective({
    runtime,
    tower: { config: clip.config.text, weights: clip.weights.text },
    clip,
    method,
    lossWeights,
    logitScale,
    ...(options.fixedTextFeatures && { fixedTextFeatures: options.fixedTextFeatures }),
  });
  try {
    const parameters = await train(objective, data, { definition, config, options });
    if (parameters === undefined) return undefined;
    // Behind a frozen context the original prompts are constant, but they are not CLIP's words.
    const isWords = Object.keys(frozenParameters).length === 0;
    const original = isWords ? await objective.originalFeatures() : undefined;
    const imagePrompts = await objective.imagePrompts(parameters);
    const adapter: Adapter = {
      method: definition.name,
      baseModel: options.baseModel,
      classNames,
      template: config.template,
      logitScale,
      config: { ...config, loss: lossWeights },
      ...(config.loss.parameters !== undefined && { lossParametersGiven: true }),
      ...(!method.readsImageFeatures && { textFeatures: await objective.encode(parameters) }),
      originalTextFeatures: original ?? (await wordsOf(clip, options)),
      ...fileParameters(method, parameters, frozenOf(whole, method, frozenParameters)),
      ...(imagePrompts.length > 0 && { imagePrompts }),
    };
    return { adapter, passes: objective.passes };
  } finally {
    await objective.release();
  }
}

/**
 * Throws unless a method can be trained on a model as a configuration says; nothing is trained.
 *
 * @throws {ConfigError} saying why not
 */
export function checkMethodRuns(
  definition: PromptMethodDefinition,
  config: TrainConfig,
  { clip, ...rest }: Pick<FitOptions, "classNames" | "readFloat32"> & { clip: ClipCheckpoint | undefined },
): void {
  checkSchedule(config);
  createPromptMethod(definition, config as PromptTrainConfig, { ...rest, clip: checkClip(definition, clip) });
}

/**
 * A prompt method set up for some classes as a configuration says.
 *
 * @param setting `tokenCounts` are the learned tokens of each class, where they are there already
 * @throws {ConfigError} if a class name does not fit the template, or an option not the model
 */
export function createPromptMethod(
  definition: PromptMethodDefinition,
  config: PromptTrainConfig,
  {
    clip,
    classNames,
    readFloat32,
    tokenCounts,
  }: Pick<FitOptions, "classNames" | "readFloat32"> & {
    readonly clip: ClipCheckpoint;
    readonly tokenCounts?: readonly number[] | undefined;
  },
): PromptMethod {
  const problem = {
    config: clip.config,
    prompts: createPrompts(clip.tokenizer, classNames, config.template),
    embeddings: createPromptEmbeddings(clip.weights.text, readFloat32),
    random: createRandom(config.seed),
    tokenCounts,
  };
  return definition.create(problem, methodOptions(definition, config));
}

function checkClip(
  { name, unsupported }: PromptMethodDefinition,
  clip: ClipCheckpoint | undefined,
): ClipCheckpoint {
  if (clip === undefined) {
    throw new ConfigError({
      where: `method "${name}"`,
      expected: "a CLIP, whose text tower encodes its prompts",
      got: "features alone",
      fix: "Name the model that the features are from, or choose a method that works on features.",
    });
  }
  const reason = unsupported?.(clip.config);
  if (reason === undefined) return clip;
  throw new ConfigError({ where: `method "${name}"`, expected: "a model that it can run on", got: reason });
}

/**
 * Where nothing is left to train that prompts the image tower, features of the pictures by that tower do: they are the same at
 * every step.
 */
function withFrozenTower(method: PromptMethod, { data }: FitOptions): PromptMethod {
  const isFrozen = method.parameters.every(({ rowsOfClass }) => rowsOfClass !== undefined);
  return isFrozen && "features" in data ? { ...method, promptsImageTower: false } : method;
}

function batchesOf({ name, promptsImageTower = false }: PromptMethod, { data }: FitOptions): BatchSource {
  if ("crops" in data) return pixelBatches(data);
  if (!promptsImageTower) return featureBatches(data);
  throw new ConfigError({
    where: `method "${name}"`,
    expected: "pictures, as it prompts the image tower",
    got: "image features",
    fix: "Give a folder of pictures, or choose a method that leaves the image tower as it is.",
  });
}

/** K of l1 = 1/K is the number of pictures a class has, on average where classes differ. */
function resolveLossWeights(
  definition: PromptMethodDefinition,
  { loss, schedule }: PromptTrainConfig,
  data: BatchSource,
): HierarchicalLossWeights {
  const own = definition.lossWeights(shotsOf(data));
  const share = schedule === "fast" ? FAST_PARAMETER_LOSS_SHARE : 1;
  return { ...loss, parameters: loss.parameters ?? share * own.parameters };
}

/** @returns `undefined` where the signal stopped it; nothing where nothing is to be trained */
async function train(
  objective: PromptObjective,
  data: BatchSource,
  {
    options,
    ...setting
  }: { definition: PromptMethodDefinition; config: PromptTrainConfig; options: FitOptions },
): Promise<Parameters | undefined> {
  if (objective.method.parameters.length === 0) return {};
  const trainer = createTrainer(objective, data, setting);
  return (await runTrainer(trainer, options)) ? trainer.parameters : undefined;
}

const shotsOf = ({ labels }: Pick<BatchSource, "labels">) => labels.length / new Set(labels).size;

function createTrainer(
  objective: PromptObjective,
  data: BatchSource,
  { definition, config }: { definition: PromptMethodDefinition; config: PromptTrainConfig },
): Trainer {
  const { schedule, epochs, seed } = config;
  if (schedule === "fast") {
    return createFastTrainer(objective, data, epochs === undefined ? {} : { maxEvaluations: epochs });
  }
  const { published } = definition;
  const publishedEpochs =
    typeof published.epochs === "number" ? published.epochs : published.epochs(Math.round(shotsOf(data)));
  return createPublishedTrainer(objective, data, {
    seed,
    epochs: epochs ?? publishedEpochs,
    batchSize: config.batchSize ?? published.batchSize,
    learningRate: config.learningRate ?? published.learningRate,
  });
}

/** Zero-shot CLIP's text features of the classes. */
async function wordsOf(
  clip: ClipCheckpoint,
  { runtime, classNames, config, readFloat32 }: FitOptions,
): Promise<Tensor<"float32">> {
  return zeroShotFeatures(runtime, clip, { classNames, templates: [config.template], readFloat32 });
}

/** What was trained, beside what was frozen, as adapters have it. */
function fileParameters(
  method: PromptMethod,
  parameters: Parameters,
  frozen: Readonly<Record<string, Tensor<"float32">>>,
): AdapterParameters {
  const trained = method.parameters.map(({ name, fileShape }) => {
    const values = parameters[name] as Float32Array;
    return [name, createTensor("float32", fileShape, values.slice())] as const;
  });
  const rowCounts = method.parameters.flatMap(({ name, fileShape, rowsOfClass }) =>
    rowsOfClass === undefined || fileShape.length > 2
      ? []
      : [[name, rowsOfClass.map((rows) => rows.length)] as const],
  );
  return {
    parameters: { ...frozen, ...Object.fromEntries(trained) },
    ...(rowCounts.length > 0 && { rowCounts: Object.fromEntries(rowCounts) }),
  };
}

/** The parameters that were frozen, as they are. */
function frozenOf(
  whole: PromptMethod,
  { parameters: trained }: PromptMethod,
  values: NonNullable<FitOptions["frozenParameters"]>,
): Record<string, Tensor<"float32">> {
  const left = whole.parameters.filter(({ name }) => !trained.some((parameter) => parameter.name === name));
  return Object.fromEntries(left.map(({ name }) => [name, values[name] as Tensor<"float32">]));
}
