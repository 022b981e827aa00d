import { ShapeError } from "../errors.ts";
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
   * the classes: its keys and values are computed once, whatever their number, and folded when it is constant. Where the
   * context depends on the picture there is one for each: `[G, prefix, W]`.
   */
  readonly prefix: Value;
  /** Class tokens and all after them, end-of-text last, with position embeddings: float32 `[rows, W]`, packed as `layout` says. */
  readonly suffix: Value;
  /** Where the suffix's rows lie; with G prefixes the classes of the first, then those of the second, and so on. */
  readonly layout: SuffixLayout;
  /** Prompts `[N, W]` that replace rows 1 to N of every prefix at the input of the second block, the third, and so on. */
  readonly deepPrompts?: readonly Value[];
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
  /** `[heads, G, head width, prefix]`. */
  readonly keys: Value;
  /** `[heads, G, prefix, head width]`. */
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
  const { prefix: first, deepPrompts = [] } = input;
  checkDepth(deepPrompts.length, weights.blocks.length);
  let prefix = first.shape.length === 3 ? first : g.reshape(first, [1, ...first.shape]);
  let suffix = input.suffix;
  weights.blocks.forEach((block, index) => {
    const isLast = index === weights.blocks.length - 1;
    g.scope(`text block ${index}`, () => {
      const deep = deepPrompts[index - 1];
      if (deep !== undefined) prefix = replacePrompts(g, prefix, deep);
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

function checkDepth(deepPrompts: number, blocks: number): void {
  if (deepPrompts < blocks) return;
  throw new ShapeError({
    where: "deep prompts of the text tower",
    expected: `at most ${blocks - 1} sets, one for each block behind the first`,
    got: `${deepPrompts}`,
    fix: "Choose a smaller depth.",
  });
}

/** Rows 1 to N of every prefix `[G, prefix, W]` replaced by prompts `[N, W]`. */
function replacePrompts(g: GraphBuilder, prefix: Value, prompts: Value): Value {
  const [groups = 0, length = 0, width = 0] = prefix.shape;
  const [count = 0] = prompts.shape;
  const each = g.expand(g.reshape(prompts, [1, count, width]), [groups, count, width]);
  const rest = length > 1 + count ? [g.slice(prefix, 1, 1 + count, length)] : [];
  return g.concat([g.slice(prefix, 1, 0, 1), each, ...rest], 1);
}

/** `[G * n, W]` as `[heads, G, n, head width]`. */
function splitHeads(g: GraphBuilder, x: Value, { groups, heads }: { groups: number; heads: number }): Value {
  const [rows = 0, width = 0] = x.shape;
  return g.transpose(g.reshape(x, [groups, rows / groups, heads, width / heads]), [2, 0, 1, 3]);
}

/** `[G * n, W]` as `[heads, G, head width, n]`. */
function keyColumns(g: GraphBuilder, x: Value, { groups, heads }: { groups: number; heads: number }): Value {
  const [rows = 0, width = 0] = x.shape;
  return g.transpose(g.reshape(x, [groups, rows / groups, heads, width / heads]), [2, 0, 3, 1]);
}

/** `[heads, G, n, head width]` as `[G * n, W]`. */
function joinHeads(g: GraphBuilder, x: Value): Value {
  const [heads = 0, groups = 0, rows = 0, width = 0] = x.shape;
  return g.reshape(g.transpose(x, [1, 2, 0, 3]), [groups * rows, heads * width]);
}

/** Lower-triangular mask: 0 where a position may look, a large negative number where it may not. */
function causalMask(g: GraphBuilder, positions: number): Value {
  const data = new Float32Array(positions * positions);
  for (let query = 0; query < positions; query++) {
    data.fill(MASKED, query * positions + query + 1, (query + 1) * positions);
  }
  return g.literal("float32", [positions, positions], data);
}

/** One block over the shared prefixes `[G, prefix, W]`; the caller's graph keeps only what it reads of it. */
function prefixBlock(
  g: GraphBuilder,
  x: Value,
  block: BlockWeights,
  config: TextConfig,
): { output: Value; memory: PrefixMemory } {
  const [groups = 0, length = 0, width = 0] = x.shape;
  const shape = { groups, heads: config.heads };
  const rows = g.reshape(x, [groups * length, width]);
  const normalized = layerNorm(g, rows, block.attentionNorm, config.layerNormEps);
  const keys = keyColumns(g, linear(g, normalized, block.key), shape);
  const values = splitHeads(g, linear(g, normalized, block.value), shape);
  const queries = splitHeads(g, linear(g, normalized, block.query), shape);
  const scale = g.scalar((config.width / config.heads) ** -0.5);
  const scores = g.add(g.mul(g.matMul(queries, keys), scale), causalMask(g, length));
  const attended = joinHeads(g, g.matMul(g.softmax(scores), values));
  const output = mlpResidual(g, g.add(rows, linear(g, attended, block.attentionOutput)), block, config);
  return { output: g.reshape(output, x.shape), memory: { keys, values } };
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
  const groups = prefix.keys.shape[1] ?? 1;
  const flatQueries = splitHeads(g, queries, { groups, heads });
  const perClass = (value: Value, count: number) =>
    g.reshape(splitHeads(g, value, { groups, heads }), [heads, classes, count, headWidth]);
  const keys = perClass(grid.toGrid(linear(g, normalized, block.key)), positions);
  const values = perClass(grid.toGrid(linear(g, normalized, block.value)), positions);

  const toPrefix = g.matMul(flatQueries, prefix.keys);
  const toOwn = g.matMul(g.reshape(flatQueries, [heads, classes, asked, headWidth]), g.transpose(keys));
  const prefixLength = prefix.keys.shape[3] ?? 0;
  const scale = g.scalar(headWidth ** -0.5);
  const mask = isLast ? grid.endMask : causalMask(g, positions);
  const scaledOwn = g.mul(toOwn, scale);
  const ownScores = mask === undefined ? scaledOwn : g.add(scaledOwn, mask);
  const prefixScores = g.mul(g.reshape(toPrefix, [heads, classes, asked, prefixLength]), scale);
  const probabilities = g.softmax(g.concat([prefixScores, ownScores], -1));

  const askedOfGroup = (classes / groups) * asked;
  const prefixShare = g.reshape(g.slice(probabilities, 3, 0, prefixLength), [
    heads,
    groups,
    askedOfGroup,
    prefixLength,
  ]);
  const ownShare = g.slice(probabilities, 3, prefixLength, prefixLength + positions);
  const fromPrefix = g.matMul(prefixShare, prefix.values);
  const fromOwn = g.reshape(g.matMul(ownShare, values), [heads, groups, askedOfGroup, headWidth]);
  const joined = joinHeads(g, g.add(fromPrefix, fromOwn));
  return linear(g, isLast ? joined : grid.toRows(joined), block.attentionOutput);
}
