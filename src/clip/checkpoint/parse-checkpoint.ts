import { ModelFileError } from "../../errors.ts";
import type { StoredTensor } from "../../tensor/tensor.ts";
import type { ClipConfig } from "../config.ts";
import type { ClipWeights } from "../weights.ts";
import { findLayout, type NamedTensors, unwrapNames } from "./layouts.ts";
import { locateWeights } from "./locate-weights.ts";
import { type ConfigFiles, checkConfig, readConfig } from "./read-config.ts";

/** `exp(20)` is 5 million times OpenAI's scale of 100: the file is damaged. */
const MAX_LOGIT_SCALE = 20;

/** A CLIP: what it is, and its weights. */
export interface ParsedCheckpoint {
  readonly config: ClipConfig;
  readonly weights: ClipWeights;
}

/** What is found beside the weights, and how to read a number of them. */
export interface CheckpointOptions {
  /** Configuration files beside the weights. */
  readonly files?: ConfigFiles;
  /** Elements of a stored tensor as float32; called for the scale of the logits alone. */
  readonly readFloat32: (stored: StoredTensor) => Float32Array;
}

/**
 * Makes a CLIP of a checkpoint's tensors, in Hugging Face's, OpenAI's or open_clip's layout. No weight is copied.
 *
 * @param name file of the weights, as errors show it
 * @param tensors by their names in the checkpoint
 * @throws {ModelFileError} if it is not a CLIP that this library runs, or something about it is missing, wrong or
 *   contradictory
 */
export function parseCheckpoint(
  name: string,
  tensors: NamedTensors,
  { files = {}, readFloat32 }: CheckpointOptions,
): ParsedCheckpoint {
  const named = unwrapNames(tensors);
  const layout = findLayout(name, named);
  const description = readConfig({ name, tensors: named, layout }, files);
  const { logitScale, ...weights } = locateWeights(name, named, layout, description);
  checkConfig(name, description.config);
  const [scale = Number.NaN] = readFloat32(logitScale);
  if (!(Math.abs(scale) <= MAX_LOGIT_SCALE)) {
    throw new ModelFileError({
      where: `${name}, tensor "${layout.logitScale}"`,
      expected: `a logarithm of at most ${MAX_LOGIT_SCALE}`,
      got: String(scale),
      fix: "The file is damaged; download it again.",
    });
  }
  return { config: description.config, weights: { ...weights, logitScale: scale } };
}
