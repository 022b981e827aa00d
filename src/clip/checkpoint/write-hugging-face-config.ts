import type { ClipConfig, TransformerConfig, VitConfig } from "../config.ts";
import type { ModelDescription } from "./describe-tensors.ts";

/** A model with a vision transformer, which is the only kind that Hugging Face's `CLIPModel` is. */
export interface VitDescription extends ModelDescription {
  readonly config: ClipConfig & { readonly image: VitConfig };
  readonly mlpWidths: { readonly text: number; readonly image: number };
}

/** What `config.json` tells beside the model's shape. */
export interface ConfigFacts {
  /** Ids of the tokens around a text: Transformers reads the text's feature where it finds end-of-text. */
  readonly startOfText: number;
  readonly endOfText: number;
  /** Type of the stored weights. */
  readonly dtype: "float16" | "float32";
}

/**
 * Writes the `config.json` of Hugging Face Transformers' `CLIPModel`: the inverse of `parseHuggingFaceConfig`.
 *
 * @returns the file's text
 */
export function writeHuggingFaceConfig({ config, mlpWidths }: VitDescription, facts: ConfigFacts): string {
  const { text, image, jointWidth } = config;
  return toJson({
    architectures: ["CLIPModel"],
    model_type: "clip",
    projection_dim: jointWidth,
    torch_dtype: facts.dtype,
    text_config: {
      model_type: "clip_text_model",
      ...writeTower(text, mlpWidths.text),
      projection_dim: jointWidth,
      max_position_embeddings: text.contextLength,
      vocab_size: text.vocabularySize,
      bos_token_id: facts.startOfText,
      eos_token_id: facts.endOfText,
      pad_token_id: facts.endOfText,
    },
    vision_config: {
      model_type: "clip_vision_model",
      ...writeTower(image, mlpWidths.image),
      projection_dim: jointWidth,
      num_channels: 3,
      image_size: image.imageSize,
      patch_size: image.patchSize,
    },
  });
}

function writeTower(tower: TransformerConfig, mlpWidth: number) {
  return {
    hidden_size: tower.width,
    intermediate_size: mlpWidth,
    num_hidden_layers: tower.layers,
    num_attention_heads: tower.heads,
    hidden_act: tower.activation,
    layer_norm_eps: tower.layerNormEps,
  };
}

/**
 * Writes the `preprocessor_config.json` of Hugging Face Transformers' `CLIPImageProcessor`: the inverse of
 * `parsePreprocessorConfig`.
 *
 * @returns the file's text
 */
export function writePreprocessorConfig({ image, imageMean, imageStd }: ClipConfig): string {
  const { imageSize } = image;
  return toJson({
    image_processor_type: "CLIPImageProcessor",
    do_resize: true,
    size: { shortest_edge: imageSize },
    // Pillow's number of bicubic resampling.
    resample: 3,
    do_center_crop: true,
    crop_size: { height: imageSize, width: imageSize },
    do_convert_rgb: true,
    do_rescale: true,
    rescale_factor: 1 / 255,
    do_normalize: true,
    image_mean: imageMean,
    image_std: imageStd,
  });
}

function toJson(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
