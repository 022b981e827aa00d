import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { ClipConfig } from "../clip/config.ts";
import { type ClipTokenizer, createTokenizer } from "../clip/tokenizer.ts";
import type { ClipWeights } from "../clip/weights.ts";
import { ConfigError, StorageError } from "../errors.ts";
import { createContrastiveObjective, LOGIT_SCALE } from "../pretraining/contrastive-objective.ts";
import { createRandomWeights } from "../pretraining/initial-weights.ts";
import { writeModelCard } from "../pretraining/model-card.ts";
import { type Prefetch, startPrefetch } from "../pretraining/node/prefetch-batches.ts";
import { writeClipFolder } from "../pretraining/node/write-clip-folder.ts";
import { type PretrainConfig, resolvePretrainConfig } from "../pretraining/pretrain-config.ts";
import {
  createPretrainer,
  encodeCaption,
  type IntervalReport,
  type StepReport,
} from "../pretraining/pretrainer.ts";
import { trainTokenizer } from "../pretraining/train-tokenizer.ts";
import { createNodeRuntime } from "../runtime/onnxruntime-node.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { writeFileAtomically } from "../tensor/node/atomic-file.ts";
import { createRandom } from "../tensor/random.ts";
import { createCheckpointFile } from "../training/node/checkpoint-file.ts";
import { runTrainer } from "../training/trainer.ts";
import { VERSION } from "../version.ts";

/** How a pre-training run is made, besides its configuration. */
export interface PretrainOptions {
  /** Folder that the model is written to; the run's checkpoint lies beside it until then. */
  readonly out: string;
  /** Command that the model card gives for making the model again. */
  readonly command?: string;
  /** Threads of the engine; as many as there are cores if not given. */
  readonly threads?: number;
  readonly onStep?: (report: StepReport) => void;
  /** After each checkpoint. */
  readonly onInterval?: (report: IntervalReport) => void;
  readonly onNotice?: (message: string) => void;
  /** Stops the run at the next checkpoint. */
  readonly signal?: AbortSignal;
}

/** What a finished run made. */
export interface PretrainResult {
  readonly out: string;
  readonly config: PretrainConfig;
  readonly curve: readonly IntervalReport[];
}

/** File beside the model with the whole curve: one interval an entry. */
export const CURVE_FILE = "training-curve.json";
/** CLIP's preprocessing constants. */
const IMAGE_MEAN = [0.48145466, 0.4578275, 0.40821073] as const;
const IMAGE_STD = [0.26862954, 0.26130258, 0.27577711] as const;
/** Width of an attention head in all of CLIP's towers. */
const HEAD_WIDTH = 64;

/**
 * Pre-trains a CLIP from pictures and captions and writes it in Hugging Face layout. A run that was stopped goes on from its last
 * checkpoint, and ends with the same bytes.
 *
 * @param configFile JSON, see {@link PretrainConfig}; paths in it are relative to its folder
 * @returns `undefined` where the signal stopped it
 * @throws {ConfigError} if the configuration is wrong
 * @throws {DataError} if pictures or captions are, or the loss is no longer a number
 * @throws {StorageError} if a file cannot be read or written
 */
export async function pretrain(
  configFile: string,
  options: PretrainOptions,
): Promise<PretrainResult | undefined> {
  const { config, folder } = readConfig(configFile);
  const { out, threads, onNotice, signal } = options;
  const runtime = createNodeRuntime(threads === undefined ? {} : { threads });
  const batches = await startPrefetch({
    source: locateSource(config, folder),
    batchSize: config.batchSize,
    seed: config.seed,
    preprocessing: { imageSize: config.model.imageSize, mean: IMAGE_MEAN, std: IMAGE_STD },
  });
  try {
    const tokenizerJson = tokenizerOf(config, folder, batches.texts);
    const run = prepareRun({ config, runtime, tokenizerJson, batches, options });
    const identity = identityOf({ config, runtime, source: batches.identity, tokenizerJson });
    const checkpoints = createCheckpointFile(`${out}.checkpoint`, identity, onNotice);
    const { trainer } = run;
    try {
      const isFinished = await runTrainer(trainer, {
        checkpoints,
        ...(signal && { signal }),
        ...(options.onInterval && { onEpoch: options.onInterval }),
      });
      if (!isFinished) return undefined;
    } finally {
      await run.objective.release();
    }
    const modelCard = writeModelCard({
      config,
      curve: trainer.curve,
      command: options.command ?? `lamm pretrain ${configFile}`,
      runtime: runtime.name,
      parameters: Object.values(trainer.parameters).reduce((sum, { length }) => sum + length, 0),
      vocabularySize: run.clip.config.text.vocabularySize,
    });
    const { clip } = run;
    const logitScale = run.objective.parameters[LOGIT_SCALE]?.[0] ?? Number.NaN;
    const weights = { ...clip.weights, logitScale };
    writeClipFolder(out, { config: clip.config, weights, tokenizerJson, modelCard, dtype: config.dtype });
    const curve = `${JSON.stringify(trainer.curve, undefined, 1)}\n`;
    writeFileAtomically(join(out, CURVE_FILE), curve);
    checkpoints.clear();
    return { out, config, curve: trainer.curve };
  } finally {
    await batches.close();
  }
}

function readConfig(file: string): { config: PretrainConfig; folder: string } {
  const text = readText(file, "a configuration in JSON");
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new ConfigError({ where: file, expected: "JSON", got: (cause as Error).message, cause });
  }
  return { config: resolvePretrainConfig(json), folder: dirname(resolve(file)) };
}

/** The source with its paths made absolute. */
function locateSource({ source }: PretrainConfig, folder: string) {
  if ("folder" in source) {
    return { folder: resolve(folder, source.folder), ...(source.captions && { captions: source.captions }) };
  }
  return { module: resolve(folder, source.module), options: source.options };
}

function tokenizerOf({ tokenizer }: PretrainConfig, folder: string, texts: readonly string[]): string {
  if ("vocabularySize" in tokenizer) return trainTokenizer(texts, tokenizer);
  return readText(resolve(folder, tokenizer.file), "a tokenizer.json");
}

/** A text file that the user named. */
function readText(file: string, expected: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    throw new StorageError({ where: file, expected, got, cause });
  }
}

interface RunIngredients {
  readonly config: PretrainConfig;
  readonly runtime: Runtime;
  readonly tokenizerJson: string;
}

/** The model as it is before the first step, and the trainer that changes it. */
function prepareRun({
  config,
  runtime,
  tokenizerJson,
  batches,
  options,
}: RunIngredients & {
  readonly batches: Prefetch;
  readonly options: PretrainOptions;
}) {
  const { contextLength } = config.model;
  const tokenizer = createTokenizer(tokenizerJson, { contextLength });
  const clip = untrainedClip(config, tokenizer);
  const lengths = batches.texts.map((text) => encodeCaption(tokenizer, text, contextLength).length);
  const maxLength = lengths.reduce((most, length) => Math.max(most, length), 0);
  const objective = createContrastiveObjective(runtime, clip, { batchSize: config.batchSize, maxLength });
  const trainer = createPretrainer({
    objective,
    config,
    tokenizer,
    maxLength,
    nextBatch: (step) => batches.next(step),
    ...(options.onStep && { onStep: options.onStep }),
  });
  return { clip, objective, trainer };
}

function untrainedClip(
  config: PretrainConfig,
  tokenizer: ClipTokenizer,
): { config: ClipConfig; weights: ClipWeights } {
  const { model, seed } = config;
  const common = { activation: "quick_gelu", layerNormEps: 1e-5 } as const;
  const { textWidth, imageWidth, imageSize, patchSize, contextLength } = model;
  const clipConfig: ClipConfig = {
    text: {
      ...common,
      width: textWidth,
      layers: model.textLayers,
      heads: textWidth / HEAD_WIDTH,
      vocabularySize: tokenizer.vocabularySize,
      contextLength,
    },
    image: {
      ...common,
      kind: "vit",
      width: imageWidth,
      layers: model.imageLayers,
      heads: imageWidth / HEAD_WIDTH,
      imageSize,
      patchSize,
    },
    jointWidth: model.jointWidth,
    imageMean: IMAGE_MEAN,
    imageStd: IMAGE_STD,
  };
  return { config: clipConfig, weights: createRandomWeights(clipConfig, createRandom(seed)) };
}

/** Everything that a run's result depends on, as a text. */
function identityOf({
  config,
  runtime,
  tokenizerJson,
  source,
}: RunIngredients & { readonly source: string }): string {
  const ingredients = { version: VERSION, runtime: runtime.name, config, source, tokenizerJson };
  return createHash("sha256").update(JSON.stringify(ingredients)).digest("hex");
}
