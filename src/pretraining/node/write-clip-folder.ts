// Node only: writes files.
import { join } from "node:path";
import { huggingFaceTensors } from "../../clip/checkpoint/hugging-face-tensors.ts";
import {
  writeHuggingFaceConfig,
  writePreprocessorConfig,
} from "../../clip/checkpoint/write-hugging-face-config.ts";
import { writeSafetensors } from "../../clip/checkpoint/write-safetensors.ts";
import type { ClipConfig } from "../../clip/config.ts";
import { type ClipTokenizer, createTokenizer } from "../../clip/tokenizer.ts";
import type { ClipWeights } from "../../clip/weights.ts";
import { ConfigError } from "../../errors.ts";
import { writeFileAtomically } from "../../tensor/node/atomic-file.ts";
import { checkWritable } from "../../tensor/node/check-writable.ts";
import { readFloat32 } from "../../tensor/node/read-tensor.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { toFloat16 } from "../../tensor/to-float16.ts";

/** A model to be written. */
export interface ClipFolder {
  readonly config: ClipConfig;
  /** In memory or in files, of any floating-point type, with a vision transformer. */
  readonly weights: ClipWeights;
  /** Content of `tokenizer.json`. */
  readonly tokenizerJson: string;
  /** Content of `README.md`, in Markdown. */
  readonly modelCard: string;
  /** Type in which weights are stored; float16 rounds them and halves the file. The scale of the logits stays float32. */
  readonly dtype: "float16" | "float32";
}

/** What PyTorch's readers ask the metadata of a safetensors file for. */
const METADATA = new Map([["format", "pt"]]);
/** All bits of a float16's exponent are set in infinity and NaN alone. */
const FLOAT16_EXPONENT = 0x7c00;

/**
 * Writes a CLIP as Hugging Face Transformers stores one: `config.json`, `preprocessor_config.json`, `tokenizer.json`,
 * `README.md` and `model.safetensors`, which `loadClip` reads, as Transformers does. Everything is checked before the first
 * file is written; each file is complete or as it was; the weights come last, so that a new folder with weights is whole.
 *
 * @param folder is made where it is not there; files of these names are replaced
 * @throws {ConfigError} if config, weights and tokenizer do not fit together, or a weight is not a finite number in the dtype
 * @throws {ModelFileError} if the tokenizer's file is not one of a CLIP
 * @throws {StorageError} if a file cannot be written
 */
export function writeClipFolder(folder: string, model: ClipFolder): void {
  const { config, weights, tokenizerJson, modelCard, dtype } = model;
  const { startOfText, endOfText } = checkTokenizer(model);
  const { description, tensors } = huggingFaceTensors({ config, weights, readFloat32 });
  const stored = new Map([...tensors].map(([name, tensor]) => [name, narrow(name, tensor, dtype)]));
  const files = [
    ["config.json", writeHuggingFaceConfig(description, { startOfText, endOfText, dtype })],
    ["preprocessor_config.json", writePreprocessorConfig(config)],
    ["tokenizer.json", tokenizerJson],
    ["README.md", modelCard],
    ["model.safetensors", writeSafetensors(stored, METADATA)],
  ] as const;
  checkWritable(join(folder, "model.safetensors"));
  for (const [name, content] of files) writeFileAtomically(join(folder, name), content);
}

/** A token beyond the embedding table would be found out only at the first text that has it. */
function checkTokenizer({ config, tokenizerJson }: ClipFolder): ClipTokenizer {
  const { vocabularySize, contextLength } = config.text;
  const tokenizer = createTokenizer(tokenizerJson, { contextLength });
  if (tokenizer.vocabularySize <= vocabularySize) return tokenizer;
  throw new ConfigError({
    where: "tokenizer.json",
    expected: `at most ${vocabularySize} tokens, as the text tower has`,
    got: `${tokenizer.vocabularySize}`,
    fix: "Give the tokenizer that the model was trained with.",
  });
}

function narrow(name: string, tensor: Tensor<"float32">, dtype: ClipFolder["dtype"]): Tensor {
  // A float16 logarithm would be wrong by up to 0.2 % of the scale, and the one number takes no room.
  const narrowed = dtype === "float32" || tensor.shape.length === 0 ? tensor : toFloat16(tensor);
  const fault = tensor.data.find((value, index) => !Number.isFinite(value) || isInfinite(narrowed, index));
  if (fault === undefined) return narrowed;
  throw new ConfigError({
    where: `weights, tensor "${name}"`,
    expected: `numbers that are finite in ${narrowed.dtype}`,
    got: String(fault),
    fix: Number.isFinite(fault) ? "Write float32." : "Go back to weights from before training diverged.",
  });
}

function isInfinite({ dtype, data }: Tensor, index: number): boolean {
  return dtype === "float16" && (Number(data[index]) & FLOAT16_EXPONENT) === FLOAT16_EXPONENT;
}
