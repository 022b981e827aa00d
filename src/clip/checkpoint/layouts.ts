import { ModelFileError } from "../../errors.ts";
import type { StoredTensor } from "../../tensor/tensor.ts";

/** Tensors of a checkpoint by their names there. */
export type NamedTensors = ReadonlyMap<string, StoredTensor>;

/** A convention of names for a CLIP's tensors; module names go without `.weight` and `.bias`, tensor names are whole. */
export interface Layout {
  /** As errors and users name it. */
  readonly name: string;
  readonly text: {
    readonly tokenEmbedding: string;
    readonly positionEmbedding: string;
    /** Before the number of a block. */
    readonly blocks: string;
    readonly finalNorm: string;
    readonly projection: string;
  };
  readonly vit: {
    readonly patchEmbedding: string;
    readonly classEmbedding: string;
    readonly positionEmbedding: string;
    readonly preNorm: string;
    readonly blocks: string;
    readonly postNorm: string;
    readonly projection: string;
  };
  /** Modules within a block. */
  readonly block: {
    readonly attentionNorm: string;
    /** Query, key and value: three modules, or one matrix and one vector of all three. */
    readonly attentionInput:
      | readonly [string, string, string]
      | { readonly weight: string; readonly bias: string };
    readonly attentionOutput: string;
    readonly mlpNorm: string;
    readonly mlpUp: string;
    readonly mlpDown: string;
  };
  /** Which way round the projections to the joint space are; other matrices are `out-in` everywhere. */
  readonly projectionLayout: "out-in" | "in-out";
  readonly logitScale: string;
}

/** Names of `CLIPModel` in Hugging Face Transformers ("layrnorm" is theirs). */
export const huggingFaceLayout: Layout = {
  name: "Hugging Face",
  text: {
    tokenEmbedding: "text_model.embeddings.token_embedding.weight",
    positionEmbedding: "text_model.embeddings.position_embedding.weight",
    blocks: "text_model.encoder.layers",
    finalNorm: "text_model.final_layer_norm",
    projection: "text_projection.weight",
  },
  vit: {
    patchEmbedding: "vision_model.embeddings.patch_embedding.weight",
    classEmbedding: "vision_model.embeddings.class_embedding",
    positionEmbedding: "vision_model.embeddings.position_embedding.weight",
    preNorm: "vision_model.pre_layrnorm",
    blocks: "vision_model.encoder.layers",
    postNorm: "vision_model.post_layernorm",
    projection: "visual_projection.weight",
  },
  block: {
    attentionNorm: "layer_norm1",
    attentionInput: ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"],
    attentionOutput: "self_attn.out_proj",
    mlpNorm: "layer_norm2",
    mlpUp: "mlp.fc1",
    mlpDown: "mlp.fc2",
  },
  projectionLayout: "out-in",
  logitScale: "logit_scale",
};

/** Names of OpenAI's `clip`; open_clip uses them too, with all of the text tower under `text.` in its `CustomTextCLIP`. */
function openAiLayout(name: string, textPrefix: "" | "text."): Layout {
  return {
    name,
    text: {
      tokenEmbedding: `${textPrefix}token_embedding.weight`,
      positionEmbedding: `${textPrefix}positional_embedding`,
      blocks: `${textPrefix}transformer.resblocks`,
      finalNorm: `${textPrefix}ln_final`,
      projection: `${textPrefix}text_projection`,
    },
    vit: {
      patchEmbedding: "visual.conv1.weight",
      classEmbedding: "visual.class_embedding",
      positionEmbedding: "visual.positional_embedding",
      preNorm: "visual.ln_pre",
      blocks: "visual.transformer.resblocks",
      postNorm: "visual.ln_post",
      projection: "visual.proj",
    },
    block: {
      attentionNorm: "ln_1",
      attentionInput: { weight: "attn.in_proj_weight", bias: "attn.in_proj_bias" },
      attentionOutput: "attn.out_proj",
      mlpNorm: "ln_2",
      mlpUp: "mlp.c_fc",
      mlpDown: "mlp.c_proj",
    },
    projectionLayout: "in-out",
    logitScale: "logit_scale",
  };
}

const layouts = [
  huggingFaceLayout,
  openAiLayout("OpenAI", ""),
  openAiLayout("open_clip with a custom text tower", "text."),
];

/** Tensors that show another architecture than this library runs, and what they show. */
const unsupported: readonly (readonly [RegExp, string])[] = [
  [/^visual\.trunk\./, "an image tower of timm"],
  [/^text\.transformer\.(embeddings|encoder)\./, "a text tower of Hugging Face Transformers"],
  [/^logit_bias$/, "SigLIP's sigmoid loss"],
  [/^text_decoder\./, "CoCa's text decoder"],
  [/^visual\.attn_pool\./, "attentional pooling"],
  [/\.ls_[12]\.gamma$/, "LayerScale"],
  [/^base_model\.model\.|\.lora_[AB]\./, "LoRA layers"],
];

/**
 * Finds the convention that a checkpoint's names follow.
 *
 * @param where file, as errors show it
 * @throws {ModelFileError} if they are of another architecture, or of none that is known
 */
export function findLayout(where: string, tensors: NamedTensors): Layout {
  for (const name of tensors.keys()) {
    const [, part] = unsupported.find(([pattern]) => pattern.test(name)) ?? [];
    if (part !== undefined) throw unknownLayout(where, `a model with ${part} (tensor "${name}")`);
  }
  const layout = layouts.find(({ text }) => tensors.has(text.tokenEmbedding));
  if (layout !== undefined) return layout;
  const names = [...tensors.keys()].slice(0, 3).map((name) => `"${name}"`);
  const sample = names.length === 0 ? "no tensors" : `tensors such as ${names.join(", ")}`;
  throw unknownLayout(where, sample);
}

function unknownLayout(where: string, got: string): ModelFileError {
  return new ModelFileError({
    where,
    expected: "the tensors of a CLIP with OpenAI's, open_clip's or Hugging Face's names",
    got,
    fix: "Use a CLIP with a vision transformer or a modified ResNet, such as openai/clip-vit-base-patch16.",
  });
}

/**
 * Takes the wrapping off the names of a training checkpoint: `state_dict.` where the weights are one entry among others
 * (those are left out), and `module.` where they were trained in parallel.
 */
export function unwrapNames(tensors: NamedTensors): NamedTensors {
  return withoutPrefix(withoutPrefix(tensors, "state_dict."), "module.");
}

function withoutPrefix(tensors: NamedTensors, prefix: string): NamedTensors {
  const inside = [...tensors].filter(([name]) => name.startsWith(prefix));
  if (inside.length === 0) return tensors;
  return new Map(inside.map(([name, stored]) => [name.slice(prefix.length), stored]));
}
