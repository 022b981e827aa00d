import type { GraphBuilder } from "../graph/builder.ts";
import type { Value } from "../graph/node.ts";
import type { WindowOptions } from "../graph/operator-options.ts";
import { checkPixels } from "./check-pixels.ts";
import type { ResNetConfig } from "./config.ts";
import { weightOf } from "./layers.ts";
import { multiHeadAttention } from "./multi-head-attention.ts";
import type { BottleneckWeights, ConvNormWeights, ResNetWeights } from "./weights.ts";

/** Modified ResNet of one model. */
export interface ResNetTower {
  readonly config: ResNetConfig;
  readonly weights: ResNetWeights;
}

/** PyTorch's default, which OpenAI's models were trained with. */
const BATCH_NORM_EPS = 1e-5;

/**
 * Encodes pictures: `f(x)` of CLIP with a ResNet of three stem convolutions, strides that average before they skip, and
 * attention in place of the global average.
 *
 * @param pixels normalised as the model wants them, float32 `[B, 3, R, R]`
 * @returns image features before normalisation, float32 `[B, D]`
 * @throws {ShapeError} if the pictures are not of the model's size
 * @see Radford et al. 2021, section 2.4, https://arxiv.org/abs/2103.00020
 */
export function encodeResNet(g: GraphBuilder, { config, weights }: ResNetTower, pixels: Value): Value {
  checkPixels(pixels, config.imageSize);
  let x = g.scope("vision stem", () => {
    const [first, second, third] = weights.stem;
    const reduced = g.relu(convNorm(g, pixels, first, { stride: 2, padding: 1 }));
    const widened = g.relu(convNorm(g, reduced, second, { padding: 1 }));
    return g.averagePool(g.relu(convNorm(g, widened, third, { padding: 1 })), 2);
  });
  weights.stages.forEach((blocks, stage) => {
    blocks.forEach((block, index) => {
      const stride = stage > 0 && index === 0 ? 2 : 1;
      x = g.scope(`vision stage ${stage} block ${index}`, () => bottleneck(g, x, block, stride));
    });
  });
  return g.scope("vision attention pool", () => attentionPool(g, x, weights.attentionPool, config.heads));
}

/**
 * A convolution and its batch normalisation with running statistics. The scale is multiplied into the kernels, which the
 * engine does once, when it loads the graph; the shift becomes the convolution's bias there.
 */
function convNorm(g: GraphBuilder, x: Value, norm: ConvNormWeights, options?: WindowOptions): Value {
  const outputs = norm.weight.shape[0] ?? 0;
  const variance = g.add(weightOf(g, norm.runningVar), g.scalar(BATCH_NORM_EPS));
  const scale = g.div(weightOf(g, norm.scale), g.sqrt(variance));
  const shift = g.sub(weightOf(g, norm.shift), g.mul(weightOf(g, norm.runningMean), scale));
  const kernels = g.mul(weightOf(g, norm.weight), g.reshape(scale, [outputs, 1, 1, 1]));
  return g.add(g.conv(x, kernels, options), g.reshape(shift, [1, outputs, 1, 1]));
}

/** One bottleneck: `[B, channels, h, w]`, halved in height and width where the stride is 2. */
function bottleneck(g: GraphBuilder, x: Value, block: BottleneckWeights, stride: 1 | 2): Value {
  const pool = (value: Value) => (stride === 2 ? g.averagePool(value, 2) : value);
  const narrow = g.relu(convNorm(g, x, block.conv1));
  const filtered = pool(g.relu(convNorm(g, narrow, block.conv2, { padding: 1 })));
  const shortcut = block.downsample === undefined ? x : convNorm(g, pool(x), block.downsample);
  return g.relu(g.add(convNorm(g, filtered, block.conv3), shortcut));
}

/** Attention of the mean over all places to that mean and to each place: `[B, channels, h, w]` to `[B, D]`. */
function attentionPool(
  g: GraphBuilder,
  x: Value,
  weights: ResNetWeights["attentionPool"],
  heads: number,
): Value {
  const [batch = 0, channels = 0, height = 0, columns = 0] = x.shape;
  const positions = 1 + height * columns;
  const places = g.transpose(g.reshape(x, [batch, channels, height * columns]));
  const tokens = g.concat([g.reduceMean(places, [1], true), places], 1);
  const placed = g.add(tokens, weightOf(g, weights.positionEmbedding));
  const memory = g.reshape(placed, [batch * positions, channels]);
  const queries = g.reshape(g.slice(placed, 1, 0, 1), [batch, channels]);
  return multiHeadAttention(g, { queries, memory }, weights, { batch, heads });
}
