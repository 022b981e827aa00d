import { ShapeError } from "../errors.ts";
import type { GraphBuilder } from "../graph/builder.ts";
import type { Value } from "../graph/node.ts";
import { checkPixels } from "./check-pixels.ts";
import type { VitConfig } from "./config.ts";
import { layerNorm, linear, mlpResidual, weightOf } from "./layers.ts";
import { multiHeadAttention } from "./multi-head-attention.ts";
import type { BlockWeights, VitWeights } from "./weights.ts";

/** Vision transformer of one model. */
export interface VitTower {
  readonly config: VitConfig;
  readonly weights: VitWeights;
}

/**
 * Encodes pictures: `f(x)` of CLIP. The feature is read at the class token, so the last block asks for that token alone.
 *
 * @param pixels normalised as the model wants them, float32 `[B, 3, R, R]`; where patches do not fill R, the rest is cut off
 * @param prompts learned tokens, each set float32 `[N, width]`: the first is appended to the patches, without position
 *   embeddings; each further one replaces those tokens at the input of the second block, the third, and so on
 * @returns image features before normalisation, float32 `[B, D]`
 * @throws {ShapeError} if the pictures are not of the model's size, or there are more prompts than blocks
 * @see Radford et al. 2021, https://arxiv.org/abs/2103.00020; for prompts Khattak et al. 2023, https://arxiv.org/abs/2210.03117
 */
export function encodeVit(
  g: GraphBuilder,
  { config, weights }: VitTower,
  pixels: Value,
  prompts: readonly Value[] = [],
): Value {
  const { imageSize, layerNormEps } = config;
  checkPixels(pixels, imageSize);
  checkDepth(prompts.length, weights.blocks.length);
  let x = g.scope("vision embedding", () => {
    const tokens = appendPrompts(g, embedPatches(g, { config, weights }, pixels), prompts[0]);
    const [batch = 0, positions = 0, width = 0] = tokens.shape;
    return layerNorm(g, g.reshape(tokens, [batch * positions, width]), weights.preNorm, layerNormEps);
  });
  const batch = pixels.shape[0] ?? 0;
  weights.blocks.forEach((block, index) => {
    const isLast = index === weights.blocks.length - 1;
    const deep = index === 0 ? undefined : prompts[index];
    x = g.scope(`vision block ${index}`, () => {
      const rows = deep === undefined ? x : replacePrompts(g, x, { prompts: deep, batch });
      return vitBlock(g, rows, { block, config, batch, isLast });
    });
  });
  return g.scope("vision projection", () =>
    linear(g, layerNorm(g, x, weights.postNorm, layerNormEps), weights.projection),
  );
}

/** The class token and the patches with their positions: `[B, 1 + P, width]`. */
function embedPatches(g: GraphBuilder, { config, weights }: VitTower, pixels: Value): Value {
  const { width, patchSize } = config;
  const patches = g.conv(pixels, weightOf(g, weights.patchEmbedding), { stride: patchSize });
  const [batch = 0, , rows = 0, columns = 0] = patches.shape;
  const embedded = g.transpose(g.reshape(patches, [batch, width, rows * columns]));
  const classToken = g.reshape(weightOf(g, weights.classEmbedding), [1, 1, width]);
  const tokens = g.concat([g.expand(classToken, [batch, 1, width]), embedded], 1);
  return g.add(tokens, weightOf(g, weights.positionEmbedding));
}

function checkDepth(prompts: number, blocks: number): void {
  if (prompts <= blocks) return;
  throw new ShapeError({
    where: "prompts of the image tower",
    expected: `at most ${blocks} sets, one for each block`,
    got: `${prompts}`,
    fix: "Choose a smaller depth.",
  });
}

/** `[B, n, width]` with prompts `[N, width]` behind the tokens of every picture. */
function appendPrompts(g: GraphBuilder, tokens: Value, prompts: Value | undefined): Value {
  return prompts === undefined ? tokens : g.concat([tokens, forEach(g, prompts, tokens.shape[0] ?? 0)], 1);
}

/** The last N tokens of every picture replaced by prompts `[N, width]`: `[B n, width]` to the same. */
function replacePrompts(
  g: GraphBuilder,
  x: Value,
  { prompts, batch }: { readonly prompts: Value; readonly batch: number },
): Value {
  const [rows = 0, width = 0] = x.shape;
  const positions = rows / batch;
  const kept = g.slice(g.reshape(x, [batch, positions, width]), 1, 0, positions - (prompts.shape[0] ?? 0));
  return g.reshape(appendPrompts(g, kept, prompts), [rows, width]);
}

/** Prompts `[N, width]` for every picture of a batch: `[B, N, width]`. */
function forEach(g: GraphBuilder, prompts: Value, batch: number): Value {
  const [count = 0, width = 0] = prompts.shape;
  return g.expand(g.reshape(prompts, [1, count, width]), [batch, count, width]);
}

/** What a block needs besides its rows. */
interface VitBlock {
  readonly block: BlockWeights;
  readonly config: VitConfig;
  readonly batch: number;
  /** In the last block only the class token asks. */
  readonly isLast: boolean;
}

/** One block: `[B (1 + P), width]` to the same, or to `[B, width]` in the last. */
function vitBlock(g: GraphBuilder, x: Value, { block, config, batch, isLast }: VitBlock): Value {
  const { width, heads, layerNormEps } = config;
  const positions = (x.shape[0] ?? 0) / batch;
  const toClassTokens = (rows: Value) =>
    g.reshape(g.slice(g.reshape(rows, [batch, positions, width]), 1, 0, 1), [batch, width]);
  const attended = g.scope("attention", () => {
    const memory = layerNorm(g, x, block.attentionNorm, layerNormEps);
    const queries = isLast ? toClassTokens(memory) : memory;
    const weights = { ...block, output: block.attentionOutput };
    return multiHeadAttention(g, { queries, memory }, weights, { batch, heads });
  });
  return mlpResidual(g, g.add(isLast ? toClassTokens(x) : x, attended), block, config);
}
