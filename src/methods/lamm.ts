import type { PromptEmbeddings } from "../clip/prompt-embeddings.ts";
import { ConfigError } from "../errors.ts";
import { createTensor } from "../tensor/tensor.ts";
import { planLabelTokens } from "./label-tokens.ts";
import type { PromptMethod } from "./method.ts";
import type { PromptSet } from "./prompts.ts";

/**
 * How many tokens of each class name are learned: as many as the shortest name has (`shared`, as published), all of them, or
 * a number (at most a name's own).
 */
export type LearnableTokens = "shared" | "all" | number;

/** What LAMM can be set to. */
export interface LammOptions {
  readonly learnableTokens: LearnableTokens;
  /** Start from the class name's own embeddings, or from N(0, 0.02). */
  readonly initialisation: "words" | "random";
  /** Draws from a normal distribution with mean 0 and the given standard deviation; needed for random initialisation. */
  readonly normal: (standardDeviation: number) => number;
}

/** Name of LAMM's parameter in adapter files. */
const TOKENS = "token_classes";
/** Standard deviation of the random initialisation, as published. */
const RANDOM_STD = 0.02;

/**
 * LAMM: learns the token embeddings of the class names and leaves prompt and encoders as they are.
 *
 * @param prompts the original prompts
 * @param embeddings of all their tokens
 * @throws {ConfigError} if no token, or more tokens than a name has, are to be learned
 * @see Gao et al. 2024, https://arxiv.org/abs/2312.08212
 */
export function createLamm(
  prompts: PromptSet,
  embeddings: PromptEmbeddings,
  options: LammOptions,
): PromptMethod {
  const learned = countLearned(prompts.nameLengths, options.learnableTokens);
  const { width } = embeddings;
  const original = learnedRows(prompts, learned, embeddings);
  const random = () => Float32Array.from(original, () => options.normal(RANDOM_STD));
  const rows = original.length / width;
  const isUniform = learned.every((count) => count === learned[0]);
  const initial = options.initialisation === "words" ? original.slice() : random();
  const offsets = runningSum(learned);
  return {
    name: "lamm",
    classCount: learned.length,
    parameters: [
      {
        name: TOKENS,
        initial: createTensor("float32", [rows, width], initial),
        fileShape: isUniform ? [learned.length, learned[0] ?? 0, width] : [rows, width],
        rowsOfClass: learned.map((count, c) =>
          Array.from({ length: count }, (_, l) => (offsets[c] ?? 0) + l),
        ),
      },
    ],
    original: { [TOKENS]: createTensor("float32", [rows, width], original) },
    plan: (maxRows) => planLabelTokens({ parameter: TOKENS, prompts, embeddings, learned }, maxRows),
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
