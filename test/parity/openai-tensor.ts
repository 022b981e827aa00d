import type { ClipWeights, LinearWeights } from "../../src/clip/weights.ts";
import { DataError } from "../../src/errors.ts";
import { LOGIT_SCALE } from "../../src/pretraining/contrastive-objective.ts";

/** Elements of weights, or of what belongs to them such as gradients, by our names. */
export type ValuesByRole = Readonly<Record<string, Float32Array>>;

const TEXT_PROJECTION = "text.projection.weight";
const IMAGE_PROJECTION = "image.projection.weight";

/** Our names of OpenAI's tensors outside the blocks. */
const OUTSIDE_BLOCKS: Readonly<Record<string, string>> = {
  logit_scale: LOGIT_SCALE,
  text_projection: TEXT_PROJECTION,
  positional_embedding: "text.positionEmbedding",
  "token_embedding.weight": "text.tokenEmbedding",
  "ln_final.weight": "text.finalNorm.weight",
  "ln_final.bias": "text.finalNorm.bias",
  "visual.proj": IMAGE_PROJECTION,
  "visual.conv1.weight": "image.patchEmbedding",
  "visual.class_embedding": "image.classEmbedding",
  "visual.positional_embedding": "image.positionEmbedding",
  "visual.ln_pre.weight": "image.preNorm.weight",
  "visual.ln_pre.bias": "image.preNorm.bias",
  "visual.ln_post.weight": "image.postNorm.weight",
  "visual.ln_post.bias": "image.postNorm.bias",
};

/** Our names of the modules in a block; OpenAI keeps query, key and value in one tensor. */
const MODULES: Readonly<Record<string, readonly string[]>> = {
  ln_1: ["attentionNorm"],
  "attn.in_proj": ["query", "key", "value"],
  "attn.out_proj": ["attentionOutput"],
  ln_2: ["mlpNorm"],
  "mlp.c_fc": ["mlpUp"],
  "mlp.c_proj": ["mlpDown"],
};
const BLOCK_TENSOR = /^(visual\.)?transformer\.resblocks\.(\d+)\.(.+)[._](weight|bias)$/;

/**
 * What OpenAI's layout has under one name, row-major as it has it: query, key and value joined, projections `[in, out]`.
 *
 * @param values of a CLIP with a vision transformer, in the layout of `weights`
 * @param weights say which way round their matrices are
 * @throws {DataError} if OpenAI's layout has no such name
 */
export function openAiTensor(values: ValuesByRole, name: string, weights: ClipWeights): Float32Array {
  const role = OUTSIDE_BLOCKS[name];
  if (role === TEXT_PROJECTION) return projectionOf(values[role], weights.text.projection);
  if (role === IMAGE_PROJECTION && weights.image.kind === "vit") {
    return projectionOf(values[role], weights.image.projection);
  }
  const parts = (role === undefined ? rolesInBlock(name) : [role]).map((part) => [...(values[part] ?? [])]);
  return Float32Array.from(parts.flat());
}

function rolesInBlock(name: string): readonly string[] {
  const [, visual, block, module = "", kind] = BLOCK_TENSOR.exec(name) ?? [];
  const modules = MODULES[module];
  if (modules === undefined) {
    throw new DataError({ where: `tensor "${name}"`, expected: "a name of OpenAI's CLIP", got: "another" });
  }
  return modules.map((role) => `${visual ? "image" : "text"}.blocks.${block}.${role}.${kind}`);
}

/** A matrix as `[in, out]`. */
function projectionOf(
  data: Float32Array = new Float32Array(0),
  { weight, layout }: LinearWeights,
): Float32Array {
  if (layout === "in-out") return data;
  const [outputs = 0, inputs = 0] = weight.shape;
  return data.map((_, index) => data[(index % outputs) * inputs + Math.floor(index / outputs)]!);
}
