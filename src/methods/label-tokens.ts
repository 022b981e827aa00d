import { z } from "zod";
import type { PromptEmbeddings } from "../clip/prompt-embeddings.ts";
import { ConfigError } from "../errors.ts";
import type { Random } from "../tensor/random.ts";
import { createTensor } from "../tensor/tensor.ts";
import type { TrainedParameter } from "./method.ts";
import { frozenSlots, learnedSlots, type Slot } from "./prompt-filling.ts";
import type { PromptSet } from "./prompts.ts";
import { randomVectors } from "./random-vectors.ts";

/**
 * How many tokens of each class name are learned: as many as the shortest name has (`shared`, as published), all of them, or
 * a number (at most a name's own).
 */
export type LearnableTokens = "shared" | "all" | number;

/** Options of every method that learns label tokens. */
export const labelTokenOptions = {
  tokens: z
    .union([z.enum(["shared", "all"]), z.int().positive()])
    .default("shared")
    .describe(
      "tokens of each name that are learned: shared (as many as the shortest name has), all, or a number",
    ),
  initialisation: z
    .enum(["words", "random"])
    .default("words")
    .describe("where the tokens start: the class name's own embeddings, or N(0, 0.02)"),
} as const;

/** What {@link createLabelTokens} can be set to. */
export interface LabelTokenOptions {
  readonly tokens: LearnableTokens;
  readonly initialisation: "words" | "random";
}

/** What {@link createLabelTokens} is set up with. */
export interface LabelTokenProblem {
  readonly prompts: PromptSet;
  readonly embeddings: PromptEmbeddings;
  readonly random: Pick<Random, "getrandbits">;
  /** Learned tokens of each class, at most those of its name; as the option `tokens` says if not given. */
  readonly tokenCounts?: readonly number[] | undefined;
}

/** Learned tokens at the start of each class name. */
export interface LabelTokens {
  /** Anchored at the names' own embeddings. */
  readonly parameter: TrainedParameter & { readonly anchor: NonNullable<TrainedParameter["anchor"]> };
  /** A class's suffix: learned tokens, the rest of its name, and what follows it. */
  slotsOf(c: number): Slot[];
}

/** Name of the parameter in adapter files. */
export const LABEL_TOKENS = "token_classes";

/**
 * Learns the first tokens of each class name.
 *
 * @param prompts the original prompts
 * @throws {ConfigError} if no token is to be learned
 * @see Gao et al. 2024, https://arxiv.org/abs/2312.08212
 */
export function createLabelTokens(
  { prompts, embeddings, random, tokenCounts }: LabelTokenProblem,
  { tokens, initialisation }: LabelTokenOptions,
): LabelTokens {
  const learned = tokenCounts ?? countLearned(prompts.nameLengths, tokens);
  const { width } = embeddings;
  const original = learnedRows(prompts, learned, embeddings);
  const initial = initialisation === "words" ? original.slice() : randomVectors(random, original.length);
  const rows = original.length / width;
  const isUniform = learned.every((count) => count === learned[0]);
  const starts = runningSum(learned);
  return {
    parameter: {
      name: LABEL_TOKENS,
      initial: createTensor("float32", [rows, width], initial),
      anchor: createTensor("float32", [rows, width], original),
      fileShape: isUniform ? [learned.length, learned[0] ?? 0, width] : [rows, width],
      rowsOfClass: learned.map((count, c) => Array.from({ length: count }, (_, l) => (starts[c] ?? 0) + l)),
    },
    slotsOf(c) {
      const count = learned[c] ?? 0;
      const rest = (prompts.suffixIds[c] ?? []).slice(count);
      return [...learnedSlots(LABEL_TOKENS, { start: starts[c] ?? 0, count }), ...frozenSlots(rest)];
    },
  };
}

/** Number of learned tokens of each class. */
function countLearned(nameLengths: readonly number[], tokens: LearnableTokens): number[] {
  const shortest = Math.min(...nameLengths);
  if (tokens === "all") return [...nameLengths];
  const count = tokens === "shared" ? shortest : tokens;
  if (!Number.isInteger(count) || count < 1) {
    throw new ConfigError({
      where: "learnable tokens",
      expected: '"shared", "all" or a number from 1',
      got: String(tokens),
    });
  }
  return nameLengths.map((length) => Math.min(length, count));
}

function runningSum(counts: readonly number[]): number[] {
  let sum = 0;
  return counts.map((count) => {
    sum += count;
    return sum - count;
  });
}

/** Embeddings of the tokens that are learned, class by class, without positions. */
function learnedRows(
  prompts: PromptSet,
  learned: readonly number[],
  { tokenRow, width }: PromptEmbeddings,
): Float32Array {
  const ids = prompts.suffixIds.flatMap((suffix, c) => suffix.slice(0, learned[c]));
  const rows = new Float32Array(ids.length * width);
  ids.forEach((id, row) => {
    rows.set(tokenRow(id), row * width);
  });
  return rows;
}
