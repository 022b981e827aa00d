import { gradients } from "../autodiff/gradient.ts";
import type { ClipCheckpoint } from "../clip/clip-checkpoint.ts";
import { contrastiveLoss, matchEqualCaptions } from "../clip/contrastive-loss.ts";
import { encodeImages } from "../clip/image-encoder.ts";
import { nameWeights } from "../clip/name-weights.ts";
import { suffixFeeds } from "../clip/suffix-layout.ts";
import { encodeText } from "../clip/text-tower.ts";
import { ConfigError, LammError, ShapeError } from "../errors.ts";
import { GraphBuilder } from "../graph/builder.ts";
import { serializeGraph } from "../graph/serialize.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { createTensor, isFileTensor, type StoredTensor, type Tensor } from "../tensor/tensor.ts";
import {
  type CaptionRows,
  type EmbeddingTables,
  embedCaptions,
  packCaptions,
  scatterCaptionGradients,
} from "./caption-rows.ts";
import { createSessionCache } from "./session-cache.ts";

/** A batch, ready for the towers. */
export interface ContrastiveBatch {
  /** Preprocessed pictures, `[N, 3, R, R]` row-major. */
  readonly pixels: Float32Array;
  /** Captions as texts: equal ones are each other's positives. */
  readonly captions: readonly string[];
  /** Token ids of each caption, start-of-text first and end-of-text last. */
  readonly sequences: readonly (readonly number[])[];
}

/** What one evaluation found. */
export interface ContrastiveStep {
  /** In nats. */
  readonly loss: number;
  /** `[N, N]` row-major: one row a picture, one column a caption. */
  readonly logits: Float32Array;
  /** d loss / d parameter, by the parameter's name. */
  readonly gradients: Readonly<Record<string, Float32Array>>;
}

/** CLIP's training loss over all of its weights. */
export interface ContrastiveObjective {
  /** Every weight by its name (see {@link nameWeights}), and `logitScale`: the tensors' own elements, to be changed in place. */
  readonly parameters: Readonly<Record<string, Float32Array>>;
  /** Shape of each parameter. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  /**
   * Loss and gradients of a batch. Calls must not overlap.
   *
   * @throws {ShapeError} if pictures and captions are not as many as the batch size, or a caption is too long
   * @throws {EngineError} if the engine fails
   */
  evaluate(batch: ContrastiveBatch): Promise<ContrastiveStep>;
  /** Frees the engine's memory. */
  release(): Promise<void>;
}

/** How an objective is laid out. */
export interface ContrastiveOptions {
  /** Pictures of a batch, N. */
  readonly batchSize: number;
  /** Longest caption, start-of-text and end-of-text included. */
  readonly maxLength: number;
}

/** Name of the parameter that is no tensor of a tower. */
export const LOGIT_SCALE = "logitScale";

const TOKEN_TABLE = "text.tokenEmbedding";
const POSITION_TABLE = "text.positionEmbedding";

/** Loaded graphs that are kept; the rows of batches rarely fall into more than two steps. */
const MAX_SESSIONS = 2;

/**
 * CLIP's own objective, differentiated through both towers.
 *
 * @param clip its weights must lie in memory as float32; they are the parameters and are changed in place
 * @throws {ConfigError} if the image tower is a ResNet
 * @see Radford et al. 2021, https://arxiv.org/abs/2103.00020
 */
export function createContrastiveObjective(
  runtime: Runtime,
  clip: Pick<ClipCheckpoint, "config" | "weights">,
  { batchSize, maxLength }: ContrastiveOptions,
): ContrastiveObjective {
  checkTower(clip.config);
  const weights = memoryWeights(clip);
  const parameters: Record<string, Float32Array> = {
    ...Object.fromEntries([...weights].map(([name, { data }]) => [name, data])),
    [LOGIT_SCALE]: Float32Array.of(clip.weights.logitScale),
  };
  const shapes: Record<string, readonly number[]> = {
    ...Object.fromEntries([...weights].map(([name, { shape }]) => [name, shape])),
    [LOGIT_SCALE]: [],
  };
  const tensors = Object.entries(parameters).map(
    ([name, data]) => [name, createTensor("float32", shapes[name] ?? [], data)] as const,
  );
  const sessions = createSessionCache(MAX_SESSIONS);
  const { width } = clip.config.text;
  const tables = {
    token: parameters[TOKEN_TABLE] as Float32Array,
    position: parameters[POSITION_TABLE] as Float32Array,
    width,
  };
  return {
    parameters,
    shapes,
    async evaluate(batch) {
      checkBatch(batch, batchSize);
      // Rounded to one more token a caption, so that few different graphs come up.
      const captions = packCaptions(batch.sequences, { maxLength, rowStep: 2 * batchSize });
      const session = await sessions.get(captions.layout.rows, () =>
        runtime.load(serializeGraph(buildStep({ clip, weights, batchSize, captions })), { prepack: false }),
      );
      const result = await session.run({
        ...Object.fromEntries(tensors),
        ...batchFeeds(batch, captions, { tables, imageSize: clip.config.image.imageSize }),
      });
      return readStep(result, captions, { parameters, width });
    },
    release: () => sessions.release(),
  };
}

/** What of a step's inputs is not a parameter. */
function batchFeeds(
  { pixels, captions: texts }: ContrastiveBatch,
  captions: CaptionRows,
  { tables, imageSize }: { readonly tables: EmbeddingTables; readonly imageSize: number },
): Record<string, Tensor> {
  const { prefix, suffix } = embedCaptions(captions, tables);
  const { width } = tables;
  const count = texts.length;
  return {
    ...suffixFeeds(captions.layout),
    pixels: createTensor("float32", [count, 3, imageSize, imageSize], pixels),
    prefix: createTensor("float32", [1, width], prefix),
    suffix: createTensor("float32", [captions.layout.rows, width], suffix),
    targets: createTensor("float32", [count, count], matchEqualCaptions(texts)),
  };
}

/** A step's outputs by the parameters' names, those of the embedding tables gathered from the rows that came of them. */
function readStep(
  result: Readonly<Record<string, Tensor>>,
  captions: CaptionRows,
  { parameters, width }: { readonly parameters: ContrastiveObjective["parameters"]; readonly width: number },
): ContrastiveStep {
  const dataOf = (name: string) => (result[name] as Tensor<"float32">).data;
  const sizeOfTable = (name: string) => parameters[name]?.length ?? 0;
  const tables = scatterCaptionGradients(
    captions,
    { prefix: dataOf(gradientName("prefix")), suffix: dataOf(gradientName("suffix")) },
    { token: sizeOfTable(TOKEN_TABLE), position: sizeOfTable(POSITION_TABLE), width },
  );
  const found: Record<string, Float32Array> = {
    [TOKEN_TABLE]: tables.token,
    [POSITION_TABLE]: tables.position,
  };
  for (const name of Object.keys(parameters)) found[name] ??= dataOf(gradientName(name));
  return { loss: dataOf("loss")[0] ?? Number.NaN, logits: dataOf("logits"), gradients: found };
}

function checkTower({ image }: ClipCheckpoint["config"]): void {
  if (image.kind === "vit") return;
  throw new ConfigError({
    where: "pre-training",
    // A ResNet trains with the statistics of each batch; its graph takes the stored ones for constants.
    expected: "a vision transformer as image tower",
    got: "a ResNet",
    fix: "Pre-train a model with a vision transformer.",
  });
}

function checkBatch({ captions, sequences }: ContrastiveBatch, batchSize: number): void {
  if (captions.length === batchSize && sequences.length === batchSize) return;
  throw new ShapeError({
    where: "batch of pre-training",
    expected: `${batchSize} captions and their token ids`,
    got: `${captions.length} captions and token ids of ${sequences.length}`,
  });
}

function gradientName(name: string): string {
  return `gradient.${name}`;
}

/** What the graph of one step is built from. */
interface StepParts {
  readonly clip: Pick<ClipCheckpoint, "config" | "weights">;
  readonly weights: ReadonlyMap<string, Tensor<"float32">>;
  readonly batchSize: number;
  readonly captions: CaptionRows;
}

/** Loss, logits and the gradient of every parameter, in one graph whose weights are inputs. */
function buildStep({ clip, weights, batchSize, captions }: StepParts): GraphBuilder {
  const g = new GraphBuilder();
  const { imageSize } = clip.config.image;
  const { width } = clip.config.text;
  const trained = new Map(
    [...weights]
      .filter(([name]) => name !== TOKEN_TABLE && name !== POSITION_TABLE)
      .map(([name, tensor]) => [name, g.parameter(name, tensor)]),
  );
  const logitScale = g.input(LOGIT_SCALE, "float32", []);
  const prefix = g.input("prefix", "float32", [1, width]);
  const suffix = g.input("suffix", "float32", [captions.layout.rows, width]);
  const pixels = g.input("pixels", "float32", [batchSize, 3, imageSize, imageSize]);
  const targets = g.input("targets", "float32", [batchSize, batchSize]);
  const tower = { config: clip.config.text, weights: clip.weights.text };
  const { loss, logits } = contrastiveLoss(g, {
    imageFeatures: encodeImages(g, clip, pixels),
    textFeatures: encodeText(g, tower, { prefix, suffix, layout: captions.layout }),
    logitScale,
    targets,
  });
  const wanted = new Map([...trained, [LOGIT_SCALE, logitScale], ["prefix", prefix], ["suffix", suffix]]);
  const found = gradients(g, loss, [...wanted.values()]);
  g.output("loss", loss);
  g.output("logits", logits);
  [...wanted.keys()].forEach((name, index) => {
    const gradient = found[index];
    if (gradient !== undefined) g.output(gradientName(name), gradient);
  });
  return g;
}

/** The weights by name, which must be float32 in memory. */
function memoryWeights(clip: Pick<ClipCheckpoint, "weights">): Map<string, Tensor<"float32">> {
  return new Map([...nameWeights(clip.weights)].map(([name, tensor]) => [name, memoryTensor(name, tensor)]));
}

function memoryTensor(name: string, tensor: StoredTensor): Tensor<"float32"> {
  if (!isFileTensor(tensor) && tensor.dtype === "float32") return tensor as Tensor<"float32">;
  throw new LammError("ERR_INTERNAL", {
    where: `createContrastiveObjective, ${name}`,
    expected: "float32 in memory",
    got: isFileTensor(tensor) ? "a tensor in a file" : tensor.dtype,
  });
}
