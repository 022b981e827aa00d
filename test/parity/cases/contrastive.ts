import type { ClipCheckpoint } from "../../../src/clip/clip-checkpoint.ts";
import { mapWeights } from "../../../src/clip/name-weights.ts";
import { loadClipWeights } from "../../../src/clip/node/load-clip.ts";
import { DataError } from "../../../src/errors.ts";
import { createAdamW } from "../../../src/optim/adamw.ts";
import {
  type ContrastiveObjective,
  createContrastiveObjective,
} from "../../../src/pretraining/contrastive-objective.ts";
import { readFloat32 } from "../../../src/tensor/node/read-tensor.ts";
import { createTensor } from "../../../src/tensor/tensor.ts";
import type { CaseContext, RunCase } from "../case-kind.ts";
import type { Check, Comparison } from "../check.ts";
import { largestMagnitude, relativeDifference } from "../deviation.ts";
import type { GoldenTensors } from "../golden-tensors.ts";
import { FORWARD, GRADIENT } from "../tolerances.ts";

/** Settings of the reference's step. */
const ADAMW = { b1: 0.9, b2: 0.98, eps: 1e-6, weightDecay: 0.2 };
const LEARNING_RATE = 5e-4;

/** Values of all parameters, by our names. */
type Values = Readonly<Record<string, Float32Array>>;

/**
 * CLIP's own loss on a batch: loss, logits, every gradient that the reference gives, and its first step of AdamW. The reference goes
 * by OpenAI's names, so the checkpoint in that layout is taken.
 */
export const runContrastive: RunCase = async (context) => {
  const tensors = context.golden.tensors(context.name);
  const clip = await loadInMemory(context);
  const images = tensors.float32("images", [undefined, 3, undefined, undefined]);
  const ids = tensors.integers("token_ids", [images.shape[0], undefined]);
  const sequences = cutRows(ids.data, ids.shape[1] ?? 1);
  const maxLength = Math.max(...sequences.map(({ length }) => length));
  const objective = createContrastiveObjective(context.runtime, clip, {
    batchSize: sequences.length,
    maxLength,
  });
  try {
    // Captions that differ: the reference's targets are the identity.
    const batch = { pixels: images.data, captions: sequences.map((_, index) => `${index}`), sequences };
    const { loss, logits, gradients } = await objective.evaluate(batch);
    const compare = (part: string, found: ArrayLike<number>, tolerance: number): Comparison => ({
      part,
      deviation: relativeDifference(found, tensors.float32(part).data),
      tolerance,
    });
    const checks: Check[] = [
      compare("loss", [loss], FORWARD),
      compare("logits_per_image", logits, FORWARD),
      ...compareGradients(tensors, objective, gradients),
    ];
    createAdamW(ADAMW).step(objective.parameters, gradients, LEARNING_RATE);
    return { checks: [...checks, ...compareSteps(tensors, objective.parameters, gradients)] };
  } finally {
    await objective.release();
  }
};

/** The checkpoint with its weights in memory, where they can be trained. */
async function loadInMemory({
  golden,
  name,
}: CaseContext): Promise<Pick<ClipCheckpoint, "config" | "weights">> {
  const [checkpoint] = golden.checkpointsOf(name);
  const { config, weights } = await loadClipWeights(checkpoint?.path ?? "");
  return {
    config,
    weights: mapWeights(weights, (_, stored) => createTensor("float32", stored.shape, readFloat32(stored))),
  };
}

/** Token ids up to end-of-text, the largest of them. */
function cutRows(ids: readonly number[], width: number): number[][] {
  return Array.from({ length: ids.length / width }, (_, row) => {
    const sequence = ids.slice(row * width, (row + 1) * width);
    return sequence.slice(0, sequence.indexOf(Math.max(...sequence)) + 1);
  });
}

/** One comparison for each gradient of the reference. */
function compareGradients(
  tensors: GoldenTensors,
  { shapes }: ContrastiveObjective,
  gradients: Values,
): Comparison[] {
  return namesAfter(tensors, "grad.").map((name) => {
    const found =
      name === TOKEN_ROWS ? tokenRows(tensors, gradients, shapes) : join(gradients, ourNames(name));
    const expected = tensors.float32(`grad.${name}`).data;
    return { part: `grad.${name}`, deviation: relativeDifference(found, expected), tolerance: GRADIENT };
  });
}

/**
 * One comparison for each parameter that the reference gives after its step. AdamW's first step is `g / (|g| + eps)` times the
 * learning rate, so where a gradient is small against the largest of its tensor, its rounding moves the parameter by up to a whole step:
 * deviations are told as a share of what a gradient within its tolerance may cause.
 */
function compareSteps(tensors: GoldenTensors, parameters: Values, gradients: Values): Comparison[] {
  return namesAfter(tensors, "adamw1.").map((name) => {
    const found = join(parameters, ourNames(name));
    const slopes = join(gradients, ourNames(name));
    const expected = tensors.float32(`adamw1.${name}`).data;
    const rounding = FORWARD * largestMagnitude(expected);
    const unsure = GRADIENT * largestMagnitude(slopes);
    const shares = found.map((value, index) => {
      const step = LEARNING_RATE * Math.min(2, unsure / (Math.abs(slopes[index] ?? 0) + ADAMW.eps));
      return Math.abs(value - (expected[index] ?? Number.NaN)) / (step + rounding);
    });
    const deviation = shares.reduce(
      (most, share) => Math.max(most, share),
      expected.length === found.length ? 0 : Number.NaN,
    );
    return { part: `adamw1.${name}, share of the gradient's tolerance`, deviation, tolerance: 1 };
  });
}

/** The rest of each name that begins so. */
function namesAfter({ names }: GoldenTensors, prefix: string): string[] {
  return names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
}

/** The reference gives the rows of the embedding table that its captions use. */
const TOKEN_ROWS = "token_embedding.rows";

function tokenRows(tensors: GoldenTensors, values: Values, shapes: ContrastiveObjective["shapes"]): number[] {
  const name = "text.tokenEmbedding";
  const width = shapes[name]?.[1] ?? 0;
  return tensors
    .integers("token_rows", [undefined])
    .data.flatMap((row) => [
      ...(values[name] ?? new Float32Array()).subarray(row * width, (row + 1) * width),
    ]);
}

function join(values: Values, names: readonly string[]): number[] {
  return names.flatMap((name) => [...(values[name] ?? [])]);
}

/** Our names of OpenAI's tensors outside the blocks. */
const SINGLE: Readonly<Record<string, string>> = {
  logit_scale: "logitScale",
  text_projection: "text.projection.weight",
  positional_embedding: "text.positionEmbedding",
  "ln_final.weight": "text.finalNorm.weight",
  "ln_final.bias": "text.finalNorm.bias",
  "visual.proj": "image.projection.weight",
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
  "attn.in_proj": ["query", "key", "value"],
  "attn.out_proj": ["attentionOutput"],
  ln_1: ["attentionNorm"],
  ln_2: ["mlpNorm"],
  "mlp.c_fc": ["mlpUp"],
  "mlp.c_proj": ["mlpDown"],
};
const BLOCK_TENSOR = /^(visual\.)?transformer\.resblocks\.(\d+)\.(.+)[._](weight|bias)$/;

/** The parameters that, one after the other, are the tensor of OpenAI's name. */
function ourNames(name: string): readonly string[] {
  const single = SINGLE[name];
  if (single !== undefined) return [single];
  const [, visual, block, module = "", kind] = BLOCK_TENSOR.exec(name) ?? [];
  const modules = MODULES[module];
  if (modules === undefined) {
    throw new DataError({ where: `tensor "${name}"`, expected: "a name of OpenAI's CLIP", got: "another" });
  }
  return modules.map((role) => `${visual ? "image" : "text"}.blocks.${block}.${role}.${kind}`);
}
