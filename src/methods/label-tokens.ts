import { dealPrompts } from "../clip/deal-prompts.ts";
import type { PromptEmbeddings } from "../clip/prompt-embeddings.ts";
import { createSuffixLayout, type SuffixLayout, suffixFeeds } from "../clip/suffix-layout.ts";
import type { TextInput } from "../clip/text-tower.ts";
import type { GraphBuilder } from "../graph/builder.ts";
import type { Value } from "../graph/node.ts";
import { createTensor, type Tensor } from "../tensor/tensor.ts";
import { tokenDistance } from "./hierarchical-loss.ts";
import type { ChunkPlan, ClassChunk } from "./method.ts";
import type { PromptSet } from "./prompts.ts";

/** Prompts of which the first tokens of each class name are learned. */
export interface LabelTokens {
  /** Name of the parameter that holds the learned tokens. */
  readonly parameter: string;
  readonly prompts: PromptSet;
  readonly embeddings: PromptEmbeddings;
  /** Learned tokens of each class, at the start of its name. */
  readonly learned: readonly number[];
}

/** Sizes that all chunks share. */
interface ChunkSizes {
  readonly size: number;
  readonly learnedRows: number;
  readonly frozenRows: number;
  /** Whether all classes have the same number of learned and of frozen tokens. */
  readonly isUniform: boolean;
}

/**
 * Plans how prompts with learned label tokens are encoded in chunks of classes.
 *
 * @param maxRows suffix tokens that one chunk may have, at least one class's
 */
export function planLabelTokens(context: LabelTokens, maxRows: number): ChunkPlan {
  const { prompts, embeddings, learned } = context;
  const lengths = prompts.suffixIds.map((suffix) => suffix.length);
  const groups = dealPrompts(lengths, maxRows);
  const size = Math.max(...groups.map((group) => group.length));
  const chunks = groups.map((classes) => ({ classes, size }));
  const isUniform = lengths.every((length, c) => length === lengths[0] && learned[c] === learned[0]);
  const most = (count: (c: number) => number, filler: number) =>
    Math.max(
      ...groups.map((group) => group.reduce((sum, c) => sum + count(c), 0) + (size - group.length) * filler),
    );
  const frozenOf = (c: number) => (lengths[c] ?? 0) - (learned[c] ?? 0);
  // Classes that fill up a chunk are a row or, in a grid, a whole row of cells; nobody reads their features.
  const sizes: ChunkSizes = isUniform
    ? { size, isUniform, learnedRows: size * (learned[0] ?? 0), frozenRows: size * frozenOf(0) }
    : { size, isUniform, learnedRows: most((c) => learned[c] ?? 0, 0), frozenRows: most(frozenOf, 1) };
  const layouts = new Map<ClassChunk, SuffixLayout>(
    chunks.map((chunk) => [chunk, layoutOf(context, chunk, sizes)]),
  );
  const layoutFor = (chunk: ClassChunk) => layouts.get(chunk) ?? layoutOf(context, chunk, sizes);
  const firstLayout = layoutFor(chunks[0] as ClassChunk);
  return {
    chunks,
    parameterRows: { [context.parameter]: sizes.learnedRows },
    build: (g, parameters) =>
      buildInput(g, parameters[context.parameter] as Value, {
        embeddings,
        prompts,
        sizes,
        layout: firstLayout,
      }),
    parameterLoss: (g, parameters) => {
      const tokens = parameters[context.parameter] as Value;
      return tokenDistance(g, tokens, g.input("original_tokens", "float32", tokens.shape));
    },
    feeds: (chunk) => ({ ...suffixFeeds(layoutFor(chunk)), ...chunkFeeds(context, chunk, sizes) }),
  };
}

/** Rows of a chunk: in a grid class by class; else all learned rows, then all frozen ones. */
function layoutOf({ prompts, learned }: LabelTokens, chunk: ClassChunk, sizes: ChunkSizes): SuffixLayout {
  const rows = sizes.learnedRows + sizes.frozenRows;
  if (sizes.isUniform) {
    const positions = rows / sizes.size;
    return createSuffixLayout(
      Array.from({ length: sizes.size }, (_, c) =>
        Array.from({ length: positions }, (_, t) => c * positions + t),
      ),
    );
  }
  let nextLearned = 0;
  let nextFrozen = sizes.learnedRows;
  const rowOf = Array.from({ length: sizes.size }, (_, place) => {
    const c = chunk.classes[place];
    if (c === undefined) return [nextFrozen++];
    return (prompts.suffixIds[c] ?? []).map((_, t) => (t < (learned[c] ?? 0) ? nextLearned++ : nextFrozen++));
  });
  // All chunks share one graph, so the grid is as wide as the longest class of any chunk.
  const positions = Math.max(...prompts.suffixIds.map((suffix) => suffix.length));
  return { ...createSuffixLayout(rowOf, rows), positions, isGrid: false };
}

interface BuildContext {
  readonly embeddings: PromptEmbeddings;
  readonly prompts: PromptSet;
  readonly sizes: ChunkSizes;
  readonly layout: SuffixLayout;
}

function buildInput(
  g: GraphBuilder,
  tokens: Value,
  { embeddings, prompts, sizes, layout }: BuildContext,
): TextInput {
  const { width } = embeddings;
  const placed = g.add(tokens, g.input("token_positions", "float32", tokens.shape));
  const frozen = g.input("frozen_rows", "float32", [sizes.frozenRows, width]);
  const perClass = (rows: Value) => g.reshape(rows, [sizes.size, (rows.shape[0] ?? 0) / sizes.size, width]);
  const suffix = sizes.isUniform
    ? g.reshape(g.concat([perClass(placed), perClass(frozen)], 1), [layout.rows, width])
    : g.concat([placed, frozen], 0);
  return { prefix: prefixRows(g, prompts, embeddings), suffix, layout };
}

/** The frozen prefix with its positions: a constant, which the engine folds through the whole tower. */
function prefixRows(
  g: GraphBuilder,
  { prefixIds }: PromptSet,
  { tokenRow, positionRow, width }: PromptEmbeddings,
): Value {
  const data = new Float32Array(prefixIds.length * width);
  prefixIds.forEach((id, position) => {
    const row = addRows(tokenRow(id), positionRow(position));
    data.set(row, position * width);
  });
  return g.literal("float32", [prefixIds.length, width], data);
}

function addRows(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((number, index) => number + (b[index] ?? 0));
}

/** Positions of the learned rows, the original tokens, and the frozen rows with their positions. */
function chunkFeeds(
  { prompts, embeddings, learned }: LabelTokens,
  chunk: ClassChunk,
  sizes: ChunkSizes,
): Record<string, Tensor> {
  const { width, tokenRow, positionRow } = embeddings;
  const positions = new Float32Array(sizes.learnedRows * width);
  const originals = new Float32Array(sizes.learnedRows * width);
  const frozen = new Float32Array(sizes.frozenRows * width);
  let learnedRow = 0;
  let frozenRow = 0;
  for (const c of chunk.classes) {
    (prompts.suffixIds[c] ?? []).forEach((id, t) => {
      const position = positionRow(prompts.prefixIds.length + t);
      if (t < (learned[c] ?? 0)) {
        positions.set(position, learnedRow * width);
        originals.set(tokenRow(id), learnedRow++ * width);
      } else {
        frozen.set(addRows(tokenRow(id), position), frozenRow++ * width);
      }
    });
  }
  return {
    token_positions: createTensor("float32", [sizes.learnedRows, width], positions),
    original_tokens: createTensor("float32", [sizes.learnedRows, width], originals),
    frozen_rows: createTensor("float32", [sizes.frozenRows, width], frozen),
  };
}
