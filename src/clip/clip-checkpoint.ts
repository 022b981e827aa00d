import { ModelFileError } from "../errors.ts";
import type { ClipConfig } from "./config.ts";
import type { ClipTokenizer } from "./tokenizer.ts";
import type { ClipWeights } from "./weights.ts";

/** A CLIP that can encode pictures and prompts. */
export interface ClipCheckpoint {
  /** Finds the model again: a hub id, or the absolute path of a folder or file. */
  readonly id: string;
  readonly config: ClipConfig;
  readonly weights: ClipWeights;
  readonly tokenizer: ClipTokenizer;
  /** SHA-256 of the weights' file in hexadecimal digits: the identity of the model, wherever it is. */
  readonly weightsHash: string;
}

/**
 * Puts a CLIP together from its parts, which may be in memory.
 *
 * @throws {ModelFileError} if the tokenizer has more tokens than the model, or allows longer prompts
 */
export function createClip(parts: ClipCheckpoint): ClipCheckpoint {
  const { tokenizer, config, id } = parts;
  const { vocabularySize, contextLength } = config.text;
  const disagreements = [
    [tokenizer.vocabularySize, vocabularySize, "tokens in its vocabulary"],
    [tokenizer.contextLength, contextLength, "token positions"],
  ] as const;
  for (const [got, limit, what] of disagreements) {
    if (got <= limit) continue;
    throw new ModelFileError({
      where: `tokenizer of "${id}"`,
      expected: `at most ${limit} ${what}, as the text tower has`,
      got: `${got}`,
      fix: "Use the tokenizer that came with this checkpoint.",
    });
  }
  return parts;
}
