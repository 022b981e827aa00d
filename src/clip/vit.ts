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
 * @returns image features before normalisation, float32 `[B, D]`
 * @throws {ShapeError} if the pictures are not of the model's size
 * @see Radford et al. 2021, https://arxiv.org/abs/2103.00020
 */
export function encodeVit(g: GraphBuilder, { config, weights }: VitTower, pixels: Value): Value {
  const { imageSize, layerNormEps } = config;
  checkPixels(pixels, imageSize);
  let x = g.scope("vision embedding", () => {
    const tokens = embedPatches(g, { config, weights }, pixels);
    const [batch = 0, positions = 0, width = 0] = tokens.shape;
    return layerNorm(g, g.reshape(tokens, [batch * positions, width]), weights.preNorm, layerNormEps);
  });
  const batch = pixels.shape[0] ?? 0;
  weights.blocks.forEach((block, index) => {
    const isLast = index === weights.blocks.length - 1;
    x = g.scope(`vision block ${index}`, () => vitBlock(g, x, { block, config, batch, isLast }));
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
