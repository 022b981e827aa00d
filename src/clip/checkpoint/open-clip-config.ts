import { z } from "zod";
import { channelMean, channelStd, checkAgainst, extents } from "./config-schema.ts";
import { type ModelDescription, openAiDefaults } from "./describe-tensors.ts";
import { type JsonSource, parseJsonObject } from "./parse-json.ts";

/** open_clip's defaults for keys that are missing. */
const DEFAULT_HEAD_WIDTH = 64;
const DEFAULT_MLP_RATIO = 4;
/** A ResNet's last stage has this many times its width. */
const RESNET_OUTPUT_FACTOR = 32;

const mlpRatio = z.number().positive().max(64).default(DEFAULT_MLP_RATIO);
/** Sections are strict: an option that is not listed here changes the architecture, and is refused by its name. */
const imageSchema = z.strictObject({
  image_size: extents.imageSize.default(224),
  layers: z.union([extents.layers, z.array(extents.layers).length(4)]).default(12),
  width: extents.width.default(768),
  head_width: extents.width.default(DEFAULT_HEAD_WIDTH),
  patch_size: extents.imageSize.nullish(),
  mlp_ratio: mlpRatio,
  /** Drops patches while training only. */
  patch_dropout: z.number().optional(),
});
const textSchema = z.strictObject({
  context_length: extents.contextLength.default(77),
  vocab_size: extents.vocabularySize.default(49_408),
  width: extents.width.default(512),
  heads: extents.heads.default(8),
  layers: extents.layers.default(12),
  mlp_ratio: mlpRatio,
  /** The tokenizer is read from its own file. */
  hf_tokenizer_name: z.string().optional(),
  tokenizer_kwargs: z.looseObject({}).optional(),
});
const modelSchema = z.strictObject({
  embed_dim: extents.width,
  quick_gelu: z.boolean().default(false),
  vision_cfg: imageSchema,
  text_cfg: textSchema,
  custom_text: z.boolean().optional(),
  /** Start of training only. */
  init_logit_scale: z.number().optional(),
});
const preprocessSchema = z.looseObject({
  mean: channelMean.optional(),
  std: channelStd.optional(),
  interpolation: z.literal("bicubic").optional(),
  resize_mode: z.literal("shortest").optional(),
});
const configSchema = z.looseObject({
  model_cfg: modelSchema,
  preprocess_cfg: preprocessSchema.default({}),
});

/**
 * Reads `open_clip_config.json`. Its activation is the exact GELU unless it says `quick_gelu: true`.
 *
 * @param name of the file, as errors show it
 * @returns the model, with OpenAI's mean and deviation where the file has none
 * @throws {ModelFileError} naming each option that this library does not run, or that has an impossible value
 */
export function parseOpenClipConfig(name: string, json: JsonSource): ModelDescription {
  const config = checkAgainst(name, configSchema, parseJsonObject(name, json));
  const { embed_dim, quick_gelu, text_cfg: text, vision_cfg: image } = config.model_cfg;
  const shared = {
    activation: quick_gelu ? "quick_gelu" : "gelu",
    layerNormEps: openAiDefaults.layerNormEps,
  } as const;
  const tower = describeImageTower(image, shared);
  return {
    config: {
      text: {
        ...shared,
        width: text.width,
        layers: text.layers,
        heads: text.heads,
        vocabularySize: text.vocab_size,
        contextLength: text.context_length,
      },
      image: tower,
      jointWidth: embed_dim,
      imageMean: config.preprocess_cfg.mean ?? openAiDefaults.imageMean,
      imageStd: config.preprocess_cfg.std ?? openAiDefaults.imageStd,
    },
    mlpWidths: {
      text: Math.trunc(text.width * text.mlp_ratio),
      ...(tower.kind === "vit" ? { image: Math.trunc(image.width * image.mlp_ratio) } : {}),
    },
  };
}

function describeImageTower(
  image: z.infer<typeof imageSchema>,
  shared: { readonly activation: "quick_gelu" | "gelu"; readonly layerNormEps: number },
): ModelDescription["config"]["image"] {
  const { width, layers, head_width, image_size: imageSize } = image;
  if (typeof layers === "number") {
    const patchSize = image.patch_size ?? 16;
    return { kind: "vit", ...shared, width, layers, heads: width / head_width, imageSize, patchSize };
  }
  const heads = (width * RESNET_OUTPUT_FACTOR) / head_width;
  return { kind: "resnet", imageSize, width, stageBlocks: layers, heads };
}
