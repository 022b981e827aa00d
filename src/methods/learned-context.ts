import { z } from "zod";
import type { PromptEmbeddings } from "../clip/prompt-embeddings.ts";
import { ConfigError } from "../errors.ts";
import type { Random } from "../tensor/random.ts";
import { createTensor, type Tensor } from "../tensor/tensor.ts";
import type { OriginalPrompts, TrainedParameter } from "./method.ts";
import { frozenSlots, learnedSlots, type PromptFilling, type Slot } from "./prompt-filling.ts";
import type { PromptSet } from "./prompts.ts";
import { randomVectors } from "./random-vectors.ts";

/** Name of the parameter in adapter files. */
export const CONTEXT = "ctx";

/** Length and start of a learned context. */
export const contextOptions = {
  context: z
    .int()
    .positive()
    .optional()
    .describe("context vectors M; as many as the template has words before the name if not given"),
  contextInit: z
    .enum(["words", "random"])
    .optional()
    .describe(
      "where the context starts: the template's words, or N(0, 0.02); words where there are enough if not given",
    ),
} as const;

/** What {@link startContext} can be set to. */
export interface ContextOptions {
  readonly context?: number | undefined;
  readonly contextInit?: "words" | "random" | undefined;
}

/** Where a context starts. */
export interface ContextStart {
  /** float32 `[M, W]`. */
  readonly initial: Tensor<"float32">;
  /** Whether these are the template's first words. */
  readonly isWords: boolean;
  /** Words of the template before the name that the context does not stand for: frozen, behind the context. */
  readonly rest: readonly number[];
}

/**
 * The context vectors that stand for a template's first words, or for all of them where they are random.
 *
 * @param prompts the template filled with the class names
 * @throws {ConfigError} if there are fewer words than vectors that are to start from them
 */
export function startContext(
  { prompts, embeddings, random }: ContextProblem,
  { context, contextInit }: ContextOptions,
): ContextStart {
  const words = prompts.prefixIds.slice(1);
  const count = context ?? (contextInit === "random" ? Math.max(1, words.length) : words.length);
  const isWords = (contextInit ?? (count <= words.length ? "words" : "random")) === "words";
  if (count < 1 || (isWords && count > words.length)) {
    throw new ConfigError({
      where: "context",
      expected:
        count < 1
          ? "words before the class name in the template, which the context starts from"
          : `at most ${words.length} vectors, as the template has words before the class name`,
      got: count < 1 ? "none" : String(count),
      fix: "Give another template, or start the context from random numbers.",
    });
  }
  const { width, tokenRow } = embeddings;
  const data = isWords ? new Float32Array(count * width) : randomVectors(random, count * width);
  if (isWords) for (let m = 0; m < count; m++) data.set(tokenRow(words[m] ?? 0), m * width);
  return {
    initial: createTensor("float32", [count, width], data),
    isWords,
    rest: isWords ? words.slice(count) : [],
  };
}

/** What a context is set up with. */
export interface ContextProblem {
  readonly prompts: PromptSet;
  readonly embeddings: PromptEmbeddings;
  readonly random: Pick<Random, "getrandbits">;
}

/** The template's prompts with nothing learned. */
export function frozenFilling({ prefixIds, suffixIds }: PromptSet): PromptFilling {
  return { prefix: frozenSlots(prefixIds), suffix: suffixIds.map(frozenSlots) };
}

/**
 * What the hierarchical loss holds a method with a context to: with learned class tokens the current context with the original
 * tokens, as published; else the template's own prompts.
 *
 * @param labelTokens the parameter that holds learned class tokens
 */
export function originalOf(prompts: PromptSet, labelTokens: TrainedParameter | undefined): OriginalPrompts {
  if (labelTokens?.anchor === undefined) return { filling: frozenFilling(prompts) };
  return { values: { [labelTokens.name]: labelTokens.anchor } };
}

/**
 * Throws where prompts are longer than the text tower takes.
 *
 * @param contextLength 77 for OpenAI's models
 * @throws {ConfigError} naming the length
 */
export function checkPromptLength({ prefix, suffix }: PromptFilling, contextLength: number): void {
  const longest = Math.max(...suffix.map((slots) => slots.length)) + prefix.length;
  if (longest <= contextLength) return;
  throw new ConfigError({
    where: "prompts with their context",
    expected: `at most ${contextLength} tokens, start-of-text and end-of-text included`,
    got: `${longest}`,
    fix: "Choose a shorter context, template or class name.",
  });
}

/** Rows of a context as slots. */
export function contextSlots(range: { start?: number; count: number }): Slot[] {
  return learnedSlots(CONTEXT, range);
}
