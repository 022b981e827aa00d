import type { GraphBuilder } from "../graph/builder.ts";
import type { Value } from "../graph/node.ts";
import type { TextConfig } from "./config.ts";
import { layerNorm, linear, mlpResidual } from "./layers.ts";
import { createSuffixGrid, MASKED, type SuffixGrid, type SuffixLayout } from "./suffix-layout.ts";
import type { BlockWeights, TextTowerWeights } from "./weights.ts";

/** What the text tower reads: the tokens that prompts share, and those in which they differ. */
export interface TextInput {
  /**
   * Start-of-text and context with position embeddings, float32 `[prefix, W]`. Being earlier, it does not depend on
   * the classes: its keys and values are computed once, whatever their number, and folded when it is constant.
   */
  readonly prefix: Value;
  /** Class tokens and all after them, end-of-text last, with position embeddings: float32 `[rows, W]`, packed as `layout` says. */
  readonly suffix: Value;
  readonly layout: SuffixLayout;
}

/** Text tower of one model. */
export interface TextTower {
  readonly config: TextConfig;
  readonly weights: TextTowerWeights;
}

/**
 * What the suffix reads of the prefix in one block. Keys are kept transposed: as a plain MatMul their product is one that the
 * engine folds where the prefix is constant (it does not fold its own transposing product).
 */
interface PrefixMemory {
  /** `[heads, head width, prefix]`. */
  readonly keys: Value;
  /** `[heads, prefix, head width]`. */
  readonly values: Value;
}

/**
 * Encodes prompts that share a prefix: `g(y)` of CLIP, exact and without work for positions after end-of-text (they do
 * not exist), for the prefix of more than one class (shared), or for rows of the last block that nobody reads.
 *
 * @returns text features before normalisation, float32 `[classes, D]`
 * @throws {ShapeError} if prefix, suffix and weights do not fit together
 * @see Radford et al. 2021, https://arxiv.org/abs/2103.00020
 */
export function encodeText(g: GraphBuilder, tower: TextTower, input: TextInput): Value {
  const { config, weights } = tower;
  const grid = createSuffixGrid(g, input.layout);
  let prefix = input.prefix;
  let suffix = input.suffix;
  weights.blocks.forEach((block, index) => {
    const isLast = index === weights.blocks.length - 1;
    g.scope(`text block ${index}`, () => {
      const shared = g.scope("prefix", () => prefixBlock(g, prefix, block, config));
      prefix = shared.output;
      const attended = g.scope("attention", () =>
        suffixAttention(g, suffix, shared.memory, { block, config, grid, isLast }),
      );
      const residual = isLast ? grid.toEnds(suffix) : suffix;
      suffix = mlpResidual(g, g.add(residual, attended), block, config);
    });
  });
  return g.scope("text projection", () =>
    linear(g, layerNorm(g, suffix, weights.finalNorm, config.layerNormEps), weights.projection),
  );
}

/** `[rows, W]` as `[heads, rows, head width]`. */
function splitHeads(g: GraphBuilder, x: Value, heads: number): Value {
  const [rows = 0, width = 0] = x.shape;
  return g.transpose(g.reshape(x, [rows, heads, width / heads]), [1, 0, 2]);
}

/** `[rows, W]` as `[heads, head width, rows]`. */
function keyColumns(g: GraphBuilder, x: Value, heads: number): Value {
  const [rows = 0, width = 0] = x.shape;
  return g.transpose(g.reshape(x, [rows, heads, width / heads]), [1, 2, 0]);
}

/** `[heads, rows, head width]` as `[rows, W]`. */
function joinHeads(g: GraphBuilder, x: Value): Value {
  const [heads = 0, rows = 0, width = 0] = x.shape;
  return g.reshape(g.transpose(x, [1, 0, 2]), [rows, heads * width]);
}

/** Lower-triangular mask: 0 where a position may look, a large negative number where it may not. */
function causalMask(g: GraphBuilder, positions: number): Value {
  const data = new Float32Array(positions * positions);
  for (let query = 0; query < positions; query++) {
    data.fill(MASKED, query * positions + query + 1, (query + 1) * positions);
  }
  return g.literal("float32", [positions, positions], data);
}

/** One block over the shared prefix; the caller's graph keeps only what it reads of it. */
function prefixBlock(
  g: GraphBuilder,
  x: Value,
  block: BlockWeights,
  config: TextConfig,
): { output: Value; memory: PrefixMemory } {
  const normalized = layerNorm(g, x, block.attentionNorm, config.layerNormEps);
  const keys = keyColumns(g, linear(g, normalized, block.key), config.heads);
  const values = splitHeads(g, linear(g, normalized, block.value), config.heads);
  const queries = splitHeads(g, linear(g, normalized, block.query), config.heads);
  const scale = g.scalar((config.width / config.heads) ** -0.5);
  const scores = g.add(g.mul(g.matMul(queries, keys), scale), causalMask(g, x.shape[0] ?? 0));
  const attended = joinHeads(g, g.matMul(g.softmax(scores), values));
  const output = mlpResidual(g, g.add(x, linear(g, attended, block.attentionOutput)), block, config);
  return { output, memory: { keys, values } };
}

/** What the attention of one block over the suffix needs besides its rows. */
interface SuffixAttention {
  readonly block: BlockWeights;
  readonly config: TextConfig;
  readonly grid: SuffixGrid;
  /** In the last block only end-of-text asks. */
  readonly isLast: boolean;
}

/** Attention of each class's tokens to the prefix and to its own earlier tokens: `[rows, W]`, or `[classes, W]` in the last block. */
function suffixAttention(
  g: GraphBuilder,
  x: Value,
  prefix: PrefixMemory,
  { block, config, grid, isLast }: SuffixAttention,
): Value {
  const { heads, width } = config;
  const headWidth = width / heads;
  const { positions } = grid.layout;
  const classes = grid.layout.lengths.length;
  const normalized = layerNorm(g, x, block.attentionNorm, config.layerNormEps);
  const asked = isLast ? 1 : positions;
  const queries = isLast
    ? linear(g, grid.toEnds(normalized), block.query)
    : grid.toGrid(linear(g, normalized, block.query));
  const flatQueries = splitHeads(g, queries, heads);
  const perClass = (value: Value, count: number) =>
    g.reshape(splitHeads(g, value, heads), [heads, classes, count, headWidth]);
  const keys = perClass(grid.toGrid(linear(g, normalized, block.key)), positions);
  const values = perClass(grid.toGrid(linear(g, normalized, block.value)), positions);

  const toPrefix = g.matMul(flatQueries, prefix.keys);
  const toOwn = g.matMul(g.reshape(flatQueries, [heads, classes, asked, headWidth]), g.transpose(keys));
  const prefixLength = prefix.keys.shape[2] ?? 0;
  const scale = g.scalar(headWidth ** -0.5);
  const mask = isLast ? grid.endMask : causalMask(g, positions);
  const scaledOwn = g.mul(toOwn, scale);
  const ownScores = mask === undefined ? scaledOwn : g.add(scaledOwn, mask);
  const prefixScores = g.mul(g.reshape(toPrefix, [heads, classes, asked, prefixLength]), scale);
  const probabilities = g.softmax(g.concat([prefixScores, ownScores], -1));

  const prefixShare = g.reshape(g.slice(probabilities, 3, 0, prefixLength), [
    heads,
    classes * asked,
    prefixLength,
  ]);
  const ownShare = g.slice(probabilities, 3, prefixLength, prefixLength + positions);
  const fromPrefix = g.matMul(prefixShare, prefix.values);
  const fromOwn = g.reshape(g.matMul(ownShare, values), [heads, classes * asked, headWidth]);
  const joined = joinHeads(g, g.add(fromPrefix, fromOwn));
  return linear(g, isLast ? joined : grid.toRows(joined), block.attentionOutput);
}
