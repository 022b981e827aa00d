import type { ResNetConfig } from "../../src/clip/config.ts";
import { type AddTensor, BIAS, type Distribution, NORM_WEIGHT } from "./recipe.ts";

/** A bottleneck's output has 4 times its width. */
const EXPANSION = 4;
/**
 * Scale of a block's last normalisation. OpenAI starts it at 0, which would hide the block; at 1 the sums would grow from
 * block to block.
 */
const LAST_NORM_WEIGHT: Distribution = { mean: 0.5, deviation: 0.02 };

/** Lists the tensors of a modified ResNet, by OpenAI's names; convolutions are scaled for the ReLU behind them. */
export function addResNet(add: AddTensor, config: ResNetConfig, jointWidth: number): void {
  const { width, stageBlocks, imageSize } = config;
  const half = width / 2;
  const stem = [
    [half, 3],
    [half, half],
    [width, half],
  ] as const;
  for (const [index, [outputs, inputs]] of stem.entries()) {
    const names = { convolution: `visual.conv${index + 1}`, norm: `visual.bn${index + 1}` };
    addConvNorm(add, names, [outputs, inputs, 3]);
  }
  let inputs = width;
  for (const [stage, blocks] of stageBlocks.entries()) {
    const inner = width * 2 ** stage;
    for (let block = 0; block < blocks; block++) {
      addBottleneck(add, `visual.layer${stage + 1}.${block}`, { inputs, inner, first: block === 0 });
      inputs = inner * EXPANSION;
    }
  }
  addAttentionPool(add, { channels: inputs, grid: imageSize / 32, jointWidth });
}

function addBottleneck(
  add: AddTensor,
  name: string,
  { inputs, inner, first }: { readonly inputs: number; readonly inner: number; readonly first: boolean },
): void {
  const outputs = inner * EXPANSION;
  const names = (index: number) => ({ convolution: `${name}.conv${index}`, norm: `${name}.bn${index}` });
  addConvNorm(add, names(1), [inner, inputs, 1]);
  addConvNorm(add, names(2), [inner, inner, 3]);
  addConvNorm(add, names(3), [outputs, inner, 1], LAST_NORM_WEIGHT);
  if (!first) return;
  const downsample = { convolution: `${name}.downsample.0`, norm: `${name}.downsample.1` };
  addConvNorm(add, downsample, [outputs, inputs, 1]);
}

function addConvNorm(
  add: AddTensor,
  { convolution, norm }: { readonly convolution: string; readonly norm: string },
  [outputs, inputs, kernel]: readonly [outputs: number, inputs: number, kernel: number],
  scale = NORM_WEIGHT,
): void {
  const deviation = (2 / (inputs * kernel ** 2)) ** 0.5;
  add(`${convolution}.weight`, [outputs, inputs, kernel, kernel], { deviation });
  add(`${norm}.weight`, [outputs], scale);
  add(`${norm}.bias`, [outputs], BIAS);
  add(`${norm}.running_mean`, [outputs], BIAS);
  add(`${norm}.running_var`, [outputs], NORM_WEIGHT);
}

function addAttentionPool(
  add: AddTensor,
  sizes: { readonly channels: number; readonly grid: number; readonly jointWidth: number },
): void {
  const { channels, grid, jointWidth } = sizes;
  const distribution = { deviation: channels ** -0.5 };
  add("visual.attnpool.positional_embedding", [1 + grid ** 2, channels], distribution);
  for (const [name, outputs] of [
    ["q_proj", channels],
    ["k_proj", channels],
    ["v_proj", channels],
    ["c_proj", jointWidth],
  ] as const) {
    add(`visual.attnpool.${name}.weight`, [outputs, channels], distribution);
    add(`visual.attnpool.${name}.bias`, [outputs], BIAS);
  }
}
