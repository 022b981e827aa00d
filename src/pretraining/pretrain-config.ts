import { z } from "zod";
import { parseConfig } from "../training/parse-config.ts";

const count = z.int().positive();

const sourceSchema = z.union([
  z.strictObject({
    /** Folder of pictures with a captions file. */
    folder: z.string(),
    /** The captions file in it. */
    captions: z.string().optional(),
  }),
  z.strictObject({
    /** Module that exports `createPictureSource`, see `PictureSource`. */
    module: z.string(),
    /** What the generator is set to. */
    options: z.unknown().optional(),
  }),
]);

const towersSchema = z.strictObject({
  /** Side of the pictures, in pixels. */
  imageSize: count.default(64),
  patchSize: count.default(16),
  /** Widths are multiples of 64, the width of a head. */
  imageWidth: count.multipleOf(64).default(192),
  imageLayers: count.default(6),
  textWidth: count.multipleOf(64).default(192),
  textLayers: count.default(4),
  /** Width D of the joint space. */
  jointWidth: count.default(192),
  /** Positions of the text tower. */
  contextLength: z.int().min(3).default(77),
});

const tokenizerSchema = z.union([
  z.strictObject({
    /** Tokens of a vocabulary that is learned from the captions. */
    vocabularySize: count,
  }),
  z.strictObject({
    /** A `tokenizer.json` to use. */
    file: z.string(),
  }),
]);

const schema = z.strictObject({
  /** Name of the model, for its card. */
  name: z.string().default("a small CLIP"),
  /** Where pictures and captions come from; paths are relative to the config's folder. */
  source: sourceSchema,
  model: towersSchema.prefault({}),
  tokenizer: tokenizerSchema.default({ vocabularySize: 4096 }),
  /** Steps of the optimiser. */
  steps: count,
  /** Pictures a step. */
  batchSize: z.int().min(2).default(256),
  /** At the top of the cosine. */
  learningRate: z.number().positive().default(1e-3),
  /** Steps in which the learning rate rises. */
  warmupSteps: z.int().nonnegative().default(200),
  /** AdamW's share of old first and second moments, as CLIP has them for ViTs. */
  b1: z.number().min(0).lt(1).default(0.9),
  b2: z.number().min(0).lt(1).default(0.98),
  eps: z.number().positive().default(1e-6),
  /** Of matrices and embeddings; norms, biases and the logit scale do not decay. */
  weightDecay: z.number().nonnegative().default(0.2),
  /** Largest 2-norm of all gradients together. */
  clipNorm: z.number().positive().default(1),
  /** Largest s, as CLIP bounds it. */
  maxLogitScale: z.number().gt(1).default(100),
  /** Seeds weights, batches and captions. */
  seed: z.int().nonnegative().default(1),
  /** Steps between two checkpoints. */
  checkpointEvery: count.default(100),
  /** dtype of the weights that are written. */
  dtype: z.enum(["float16", "float32"]).default("float16"),
});

/** What pre-training can be set to. */
export type PretrainConfigInput = z.input<typeof schema>;

/** What pre-training is set to; CLIP's values where they fit a small model. */
export type PretrainConfig = z.output<typeof schema>;

/**
 * Fills in the defaults; the result is frozen.
 *
 * @throws {ConfigError} naming an unknown key, with the nearest one that there is, or a value that is not allowed
 */
export function resolvePretrainConfig(input: unknown): PretrainConfig {
  return Object.freeze(parseConfig(schema, input, "pre-training configuration"));
}
