import { z } from "zod";
import { channelMean, channelStd, checkAgainst, extents, type Rgb } from "./config-schema.ts";
import { type ModelDescription, openAiDefaults } from "./describe-tensors.ts";
import type { JsonSource } from "./parse-json.ts";
import { parseJsonObject } from "./parse-json.ts";

/** Transformers' defaults for keys that are missing: those of openai/clip-vit-base-patch32. */
const tower = {
  num_hidden_layers: extents.layers.default(12),
  hidden_act: z.enum(["quick_gelu", "gelu"]).default("quick_gelu"),
  layer_norm_eps: extents.epsilon.default(1e-5),
};
const textSchema = z.object({
  ...tower,
  hidden_size: extents.width.default(512),
  intermediate_size: extents.width.default(2048),
  num_attention_heads: extents.heads.default(8),
  vocab_size: extents.vocabularySize.default(49_408),
  max_position_embeddings: extents.contextLength.default(77),
});
const imageSchema = z.object({
  ...tower,
  hidden_size: extents.width.default(768),
  intermediate_size: extents.width.default(3072),
  num_attention_heads: extents.heads.default(12),
  num_channels: z.literal(3).default(3),
  image_size: extents.imageSize.default(224),
  patch_size: extents.imageSize.default(32),
});
const section = z.looseObject({}).nullish();
const configSchema = z.object({
  model_type: z.literal("clip").default("clip"),
  projection_dim: extents.width.default(512),
  text_config: section,
  text_config_dict: section,
  vision_config: section,
  vision_config_dict: section,
});

/**
 * Reads `config.json` of Hugging Face Transformers. The ids of special tokens in it are ignored: older files say
 * `eos_token_id: 2`, which is wrong.
 *
 * @param name of the file, as errors show it
 * @returns the model, with OpenAI's mean and deviation, which this file does not tell
 * @throws {ModelFileError} if it is of another kind of model or has impossible values
 */
export function parseHuggingFaceConfig(name: string, json: JsonSource): ModelDescription {
  const config = checkAgainst(name, configSchema, parseJsonObject(name, json));
  // Transformers lets the older key win where both are there, defaults included.
  const text = checkAgainst(
    `${name}, text_config`,
    textSchema,
    config.text_config_dict ?? config.text_config ?? {},
  );
  const image = checkAgainst(
    `${name}, vision_config`,
    imageSchema,
    config.vision_config_dict ?? config.vision_config ?? {},
  );
  return {
    config: {
      text: {
        ...towerConfig(text),
        vocabularySize: text.vocab_size,
        contextLength: text.max_position_embeddings,
      },
      image: {
        kind: "vit",
        ...towerConfig(image),
        imageSize: image.image_size,
        patchSize: image.patch_size,
      },
      jointWidth: config.projection_dim,
      imageMean: openAiDefaults.imageMean,
      imageStd: openAiDefaults.imageStd,
    },
    mlpWidths: { text: text.intermediate_size, image: image.intermediate_size },
  };
}

function towerConfig(section: z.infer<typeof textSchema> | z.infer<typeof imageSchema>) {
  return {
    width: section.hidden_size,
    layers: section.num_hidden_layers,
    heads: section.num_attention_heads,
    activation: section.hidden_act,
    layerNormEps: section.layer_norm_eps,
  };
}

/** What `preprocessor_config.json` says about pictures. */
export interface PreprocessorConfig {
  readonly imageMean?: Rgb;
  readonly imageStd?: Rgb;
  /** Side of the square input, in pixels. */
  readonly imageSize?: number;
}

const side = z.union([
  extents.imageSize,
  z.object({ shortest_edge: extents.imageSize }).transform(({ shortest_edge }) => shortest_edge),
  z
    .object({ height: extents.imageSize, width: extents.imageSize })
    .refine(({ height, width }) => height === width, "must be square")
    .transform(({ height }) => height),
]);
/** Pillow's number of bicubic resampling; CLIP uses no other. */
const BICUBIC = 3;
const preprocessorSchema = z
  .object({
    image_mean: channelMean.optional(),
    image_std: channelStd.optional(),
    size: side.optional(),
    crop_size: side.optional(),
    resample: z.literal(BICUBIC, `must be ${BICUBIC}, bicubic`).optional(),
    do_center_crop: z.literal(true).optional(),
    do_normalize: z.literal(true).optional(),
    do_resize: z.literal(true).optional(),
  })
  .refine(({ size, crop_size }) => size === undefined || crop_size === undefined || size === crop_size, {
    path: ["crop_size"],
    message: "must equal size",
  });

/**
 * Reads `preprocessor_config.json` of Hugging Face Transformers.
 *
 * @param name of the file, as errors show it
 * @throws {ModelFileError} if it asks for other steps than CLIP's: bicubic to the size, centre crop, normalisation
 */
export function parsePreprocessorConfig(name: string, json: JsonSource): PreprocessorConfig {
  const config = checkAgainst(name, preprocessorSchema, parseJsonObject(name, json));
  const imageSize = config.crop_size ?? config.size;
  return {
    ...(config.image_mean === undefined ? {} : { imageMean: config.image_mean }),
    ...(config.image_std === undefined ? {} : { imageStd: config.image_std }),
    ...(imageSize === undefined ? {} : { imageSize }),
  };
}
