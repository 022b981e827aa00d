import type { ClipCheckpoint } from "../clip/clip-checkpoint.ts";
import { nearestTokens } from "../clip/nearest-tokens.ts";
import { createPromptEmbeddings } from "../clip/prompt-embeddings.ts";
import { ConfigError } from "../errors.ts";
import { LABEL_TOKENS } from "../methods/label-tokens.ts";
import { CONTEXT, type ContextOptions, startContext } from "../methods/learned-context.ts";
import type { Method } from "../methods/method.ts";
import { methods as allMethods } from "../methods/methods.ts";
import { createPrompts } from "../methods/prompts.ts";
import { concatRows } from "../tensor/concat-rows.ts";
import { createRandom } from "../tensor/random.ts";
import { sliceRows } from "../tensor/slice-rows.ts";
import { createTensor, type StoredTensor, type Tensor } from "../tensor/tensor.ts";
import type { Adapter } from "./adapter.ts";
import { classRowCounts, rowsOfClass } from "./class-parameters.ts";
import { methodOfLabel } from "./train-config.ts";

/** A token of the vocabulary, as people read it. */
export interface ReadToken {
  readonly id: number;
  /** Its characters. */
  readonly text: string;
  /** Whether it is the end of a word: `cat` by itself is, the `cat` of `cathedral` is not. */
  readonly endsWord: boolean;
}

/** A token near a learned vector. */
export interface NearToken extends ReadToken {
  /** Euclidean distance of the embeddings. */
  readonly distance: number;
  /** Cosine of the embeddings, in [-1, 1]. */
  readonly cosine: number;
}

/** What can be said of a learned vector in words. */
export interface VectorExplanation {
  /** Token that stands here without training; absent where the vector started from random numbers. */
  readonly original?: ReadToken;
  /** Euclidean distance from that token. */
  readonly moved?: number;
  /** Tokens of the vocabulary by rising distance. */
  readonly nearest: readonly NearToken[];
}

/** Learned vectors of a class. */
export interface ClassExplanation {
  readonly name: string;
  /** Name in the prompt, where the class has been renamed since. */
  readonly promptName?: string;
  /** Learned tokens of the name, in its order; none where the method learns none. */
  readonly tokens: readonly VectorExplanation[];
  /** The class's own context; none where classes share one, or there is none. */
  readonly context: readonly VectorExplanation[];
}

/** An adapter's learned prompts in words. */
export interface AdapterExplanation {
  readonly method: string;
  readonly template: string;
  /** The context that all classes share; empty where there is none. */
  readonly context: readonly VectorExplanation[];
  /** Classes with vectors of their own; empty where there are none. */
  readonly classes: readonly ClassExplanation[];
  /** What was learned besides and has no words, a line each. */
  readonly leftOut: readonly string[];
}

/** What an adapter is explained with. */
export interface ExplainOptions {
  /** The CLIP that it was trained for. */
  readonly clip: ClipCheckpoint;
  /** Nearest tokens of each vector, from 1; 5 if not given. */
  readonly top?: number;
  /** Methods to find the adapter's among; all that come with the library if not given. */
  readonly methods?: readonly Method[];
  /** Brings a stored tensor into memory as float32. */
  readonly readFloat32: (stored: StoredTensor) => Float32Array;
}

/**
 * Learned prompts in words: for each vector the tokens of the vocabulary that are nearest. That is a way to look at what was learned,
 * no translation: see `nearestTokens`.
 *
 * @throws {ConfigError} if the adapter has no vectors among the words, or `top` is not a whole number from 1
 * @throws {ModelFileError} if its parameters are not those of its classes
 * @see Zhou et al. 2022, section 4.4, https://arxiv.org/abs/2109.01134
 */
export function explainPrompts(adapter: Adapter, options: ExplainOptions): AdapterExplanation {
  checkExplainable(adapter, options.methods);
  const { classNames, promptNames = classNames, template } = adapter;
  const vectors = collectVectors(adapter, options);
  const explained = explainVectors(vectors, options);
  const of = (kind: LearnedVector["kind"], c?: number) =>
    explained.filter((_, index) => vectors[index]?.kind === kind && vectors[index]?.c === c);
  const classes = classNames.map((name, c) => ({
    name,
    ...(promptNames[c] !== name && { promptName: promptNames[c] ?? "" }),
    tokens: of("token", c),
    context: of("context", c),
  }));
  return {
    method: adapter.method,
    template,
    context: of("context"),
    classes: classes.filter(({ tokens, context }) => tokens.length + context.length > 0),
    leftOut: leftOut(adapter),
  };
}

/** A learned vector, and where it belongs. */
interface LearnedVector {
  readonly kind: "token" | "context";
  /** Its class; absent where all share it. */
  readonly c?: number;
  /** float32 `[1, W]`. */
  readonly vector: Tensor<"float32">;
  /** Id of the token that stands here without training. */
  readonly original?: number;
}

/**
 * Throws unless an adapter has vectors among the words: to be called before a model is loaded, which may take long.
 *
 * @throws {ConfigError} saying why there are none
 */
export function checkExplainable(
  { method: label, parameters }: Adapter,
  methods: readonly Method[] = allMethods,
): void {
  const isOfPrompts = methodOfLabel(label, methods).kind === "prompts";
  if (isOfPrompts && (parameters[LABEL_TOKENS] ?? parameters[CONTEXT]) !== undefined) return;
  throw new ConfigError({
    where: `method "${label}"`,
    expected: "a method that learns vectors among the words of a prompt, such as lamm or coop",
    got: isOfPrompts ? "an adapter without them" : "one that works on features, which have no words",
  });
}

function collectVectors(adapter: Adapter, { clip, readFloat32 }: ExplainOptions): LearnedVector[] {
  const { classNames, promptNames = classNames, template, parameters, config } = adapter;
  const prompts = createPrompts(clip.tokenizer, promptNames, template);
  const embeddings = createPromptEmbeddings(clip.weights.text, readFloat32);
  const context = parameters[CONTEXT];
  // The words that the context stands for; where it started elsewhere no word stands there.
  const startsFromWords =
    context !== undefined &&
    startContext({ prompts, embeddings, random: createRandom(0) }, config as ContextOptions).isWords;
  const words = startsFromWords ? prompts.prefixIds.slice(1) : [];
  const shared =
    context !== undefined && classRowCounts(adapter, CONTEXT) === undefined ? context : undefined;
  return [
    ...rowsAsVectors(shared, words).map((row) => ({ kind: "context" as const, ...row })),
    ...classNames.flatMap((_, c): LearnedVector[] => [
      ...rowsAsVectors(rowsOfClass(adapter, CONTEXT, c), words).map((row) => ({
        kind: "context" as const,
        c,
        ...row,
      })),
      ...rowsAsVectors(rowsOfClass(adapter, LABEL_TOKENS, c), prompts.suffixIds[c] ?? []).map((row) => ({
        kind: "token" as const,
        c,
        ...row,
      })),
    ]),
  ];
}

function rowsAsVectors(
  rows: Tensor<"float32"> | undefined,
  originals: readonly number[],
): Pick<LearnedVector, "vector" | "original">[] {
  const width = rows?.shape.at(-1) ?? 0;
  return Array.from({ length: rows?.shape[0] ?? 0 }, (_, row) => {
    const data = (rows as Tensor<"float32">).data.subarray(row * width, (row + 1) * width);
    const original = originals[row];
    return { vector: createTensor("float32", [1, width], data), ...(original !== undefined && { original }) };
  });
}

function explainVectors(
  vectors: readonly LearnedVector[],
  { clip, top, readFloat32 }: ExplainOptions,
): VectorExplanation[] {
  const { tokenEmbedding } = clip.weights.text;
  const embeddings = createPromptEmbeddings(clip.weights.text, readFloat32);
  const readToken = (id: number): ReadToken => ({ id, ...clip.tokenizer.tokenText(id) });
  const found = nearestTokens({
    vectors: concatRows(vectors.map(({ vector }) => vector)),
    // Some tables have rows behind the last token, which stand for nothing.
    table: sliceRows(
      tokenEmbedding,
      0,
      Math.min(tokenEmbedding.shape[0] ?? 0, clip.tokenizer.vocabularySize),
    ),
    readFloat32,
    ...(top !== undefined && { count: top }),
  });
  return vectors.map(({ vector, original }, index) => ({
    ...(original !== undefined && {
      original: readToken(original),
      moved: distanceOf(vector.data, embeddings.tokenRow(original)),
    }),
    nearest: (found[index] ?? []).map(({ id, distance, cosine }) => ({ ...readToken(id), distance, cosine })),
  }));
}

/** Euclidean distance, in float64. */
function distanceOf(a: Float32Array, b: Float32Array): number {
  return Math.hypot(...a.map((value, i) => value - b[i]!));
}

/** What has no place among the words. */
function leftOut({ parameters, imagePrompts = [] }: Adapter): string[] {
  const names = Object.keys(parameters);
  const deep = names.filter((name) => name.startsWith("compound_prompts_text.")).length;
  return [
    ...(deep > 0
      ? [`The prompts of ${deep} text blocks behind the first are left out: no word stands there.`]
      : []),
    ...(imagePrompts.length > 0
      ? ["The prompts of the image tower are left out: they lie among patches of pictures, not words."]
      : []),
    ...(names.some((name) => name.startsWith("meta_net."))
      ? ["The context is shown as it is before the picture shifts it."]
      : []),
  ];
}
