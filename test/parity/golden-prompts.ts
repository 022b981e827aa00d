import { DataError } from "../../src/errors.ts";
import type { PromptSet } from "../../src/methods/prompts.ts";
import type { GoldenTensors, IntegerTensor } from "./golden-tensors.ts";

/** Tokens after a class name in "a photo of a <name>.": the full stop and end-of-text. */
const TOKENS_AFTER_NAME = 2;

/** A padded token sequence up to its end-of-text, which is the largest id of the vocabulary. */
export function trimSequence(ids: readonly number[]): number[] {
  return ids.slice(0, ids.indexOf(Math.max(...ids)) + 1);
}

/** The padded token sequences that are the rows of a matrix of ids. */
export function sequencesOf({ shape, data }: IntegerTensor): number[][] {
  const [count = 0, length = 0] = shape;
  return Array.from({ length: count }, (_, c) => trimSequence(data.slice(c * length, (c + 1) * length)));
}

/**
 * Reads the prompts "a photo of a <name>." of a case, from `prompt_token_ids` and `class_token_lengths`.
 *
 * @throws {DataError} if they contradict each other
 */
export function readPrompts(tensors: GoldenTensors): PromptSet {
  const sequences = sequencesOf(tensors.integers("prompt_token_ids", [undefined, undefined]));
  const nameLengths = tensors.integers("class_token_lengths", [sequences.length]).data;
  const prefixLengths = sequences.map((ids, c) => ids.length - TOKENS_AFTER_NAME - (nameLengths[c] ?? 0));
  const [prefixLength = 0] = prefixLengths;
  const prefixIds = sequences[0]?.slice(0, prefixLength) ?? [];
  const isShared = sequences.every(
    (ids, c) => prefixLengths[c] === prefixLength && prefixIds.every((id, t) => ids[t] === id),
  );
  if (prefixLength < 1 || !isShared) {
    throw new DataError({
      where: "prompt_token_ids and class_token_lengths",
      expected: "one start of all prompts before the class name",
      got: `starts of ${[...new Set(prefixLengths)].join(", ")} tokens`,
    });
  }
  return { prefixIds, suffixIds: sequences.map((ids) => ids.slice(prefixLength)), nameLengths };
}
