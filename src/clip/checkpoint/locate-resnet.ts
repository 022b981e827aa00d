import type { ResNetConfig } from "../config.ts";
import type { BottleneckWeights, ConvNormWeights, LinearWeights, ResNetWeights } from "../weights.ts";
import type { TensorSource } from "./tensor-picker.ts";

/** A bottleneck's output has 4 times its width. */
const EXPANSION = 4;
/** The stages and the stem halve the resolution five times. */
const STRIDE = 32;
const STAGES = 4;

/**
 * Takes the weights of a modified ResNet by OpenAI's names, `visual.*`; no other layout has one.
 *
 * @param source tensors of the checkpoint; what is wrong with them is its to report
 * @param jointWidth width D of the joint space
 */
export function locateResNet(source: TensorSource, config: ResNetConfig, jointWidth: number): ResNetWeights {
  const { width, stageBlocks, imageSize } = config;
  const half = width / 2;
  const convNorm = createConvNormLocator(source);
  const channels = width * EXPANSION * 2 ** (STAGES - 1);
  const pool = "visual.attnpool";
  const linear = (name: string, outputs: number): LinearWeights => ({
    weight: source.take(`${pool}.${name}.weight`, [outputs, channels]),
    layout: "out-in",
    bias: source.take(`${pool}.${name}.bias`, [outputs]),
  });
  const positions = 1 + Math.floor(imageSize / STRIDE) ** 2;
  return {
    kind: "resnet",
    stem: [
      convNorm("visual.conv1", "visual.bn1", [half, 3, 3]),
      convNorm("visual.conv2", "visual.bn2", [half, half, 3]),
      convNorm("visual.conv3", "visual.bn3", [width, half, 3]),
    ],
    stages: stageBlocks.map((blocks, stage) =>
      Array.from({ length: blocks }, (_, block) => locateBottleneck(convNorm, width, stage, block)),
    ),
    attentionPool: {
      positionEmbedding: source.take(`${pool}.positional_embedding`, [positions, channels]),
      query: linear("q_proj", channels),
      key: linear("k_proj", channels),
      value: linear("v_proj", channels),
      output: linear("c_proj", jointWidth),
    },
  };
}

type ConvNormLocator = (
  convolution: string,
  norm: string,
  shape: readonly [outputs: number, inputs: number, kernel: number],
) => ConvNormWeights;

function createConvNormLocator(source: TensorSource): ConvNormLocator {
  return (convolution, norm, [outputs, inputs, kernel]) => ({
    weight: source.take(`${convolution}.weight`, [outputs, inputs, kernel, kernel]),
    scale: source.take(`${norm}.weight`, [outputs]),
    shift: source.take(`${norm}.bias`, [outputs]),
    runningMean: source.take(`${norm}.running_mean`, [outputs]),
    runningVar: source.take(`${norm}.running_var`, [outputs]),
  });
}

function locateBottleneck(
  convNorm: ConvNormLocator,
  width: number,
  stage: number,
  block: number,
): BottleneckWeights {
  const name = `visual.layer${stage + 1}.${block}`;
  const inner = width * 2 ** stage;
  const outputs = inner * EXPANSION;
  // The stem gives `width` channels; stages 2 to 4 begin with what the one before them gives.
  const first = stage === 0 ? width : outputs / 2;
  const inputs = block === 0 ? first : outputs;
  const convolutions = {
    conv1: convNorm(`${name}.conv1`, `${name}.bn1`, [inner, inputs, 1]),
    conv2: convNorm(`${name}.conv2`, `${name}.bn2`, [inner, inner, 3]),
    conv3: convNorm(`${name}.conv3`, `${name}.bn3`, [outputs, inner, 1]),
  };
  if (block > 0) return convolutions;
  const downsample = convNorm(`${name}.downsample.0`, `${name}.downsample.1`, [outputs, inputs, 1]);
  return { ...convolutions, downsample };
}
