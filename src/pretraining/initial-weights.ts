import type { ClipConfig, TextConfig, TransformerConfig, VitConfig } from "../clip/config.ts";
import type {
  BlockWeights,
  ClipWeights,
  LinearWeights,
  NormWeights,
  TextTowerWeights,
  VitWeights,
} from "../clip/weights.ts";
import { ConfigError } from "../errors.ts";
import type { Random } from "../tensor/random.ts";
import { type Shape, sizeOf } from "../tensor/shape.ts";
import { createTensor, type Tensor, zeros } from "../tensor/tensor.ts";

/** The scale of the logits that CLIP begins with is the inverse of this temperature. */
const INITIAL_TEMPERATURE = 0.07;
const TOKEN_DEVIATION = 0.02;
const TEXT_POSITION_DEVIATION = 0.01;
/** An MLP's hidden layer is this many times as wide as its tower. */
const MLP_FACTOR = 4;

/**
 * Weights of an untrained CLIP with a vision transformer, drawn as CLIP's own code draws them: normally distributed, with
 * deviation `W^-0.5` for queries, keys, values and projections to the joint space, `(2 layers W)^-0.5` for what is added to the
 * residual stream, `(2 W)^-0.5` for the first layer of an MLP; the patch embedding uniform within `(3 patch^2)^-0.5`. Norms
 * begin as the identity, biases at 0, the scale of the logits at 1 / 0.07.
 *
 * @param random stream of the draws: the same stream and config give the same weights
 * @returns float32 in memory, matrices as `[out, in]`
 * @throws {ConfigError} if the image tower is a ResNet
 * @see Radford et al. 2021, https://arxiv.org/abs/2103.00020; `initialize_parameters` in openai/CLIP
 */
export function createRandomWeights(config: ClipConfig, random: Random): ClipWeights {
  const { text, image, jointWidth } = config;
  if (image.kind !== "vit") {
    throw new ConfigError({
      where: "createRandomWeights",
      expected: "a vision transformer as image tower",
      got: "a ResNet",
      fix: "Pre-train a model with a vision transformer.",
    });
  }
  return {
    text: createText(text, jointWidth, random),
    image: createVit(image, jointWidth, random),
    logitScale: Math.log(1 / INITIAL_TEMPERATURE),
  };
}

function createText(config: TextConfig, jointWidth: number, random: Random): TextTowerWeights {
  const { width, vocabularySize, contextLength } = config;
  return {
    tokenEmbedding: normal([vocabularySize, width], TOKEN_DEVIATION, random),
    positionEmbedding: normal([contextLength, width], TEXT_POSITION_DEVIATION, random),
    blocks: createBlocks(config, random),
    finalNorm: createNorm(width),
    projection: { weight: normal([jointWidth, width], width ** -0.5, random), layout: "out-in" },
  };
}

function createVit(config: VitConfig, jointWidth: number, random: Random): VitWeights {
  const { width, imageSize, patchSize } = config;
  const deviation = width ** -0.5;
  const patches = Math.floor(imageSize / patchSize) ** 2;
  const patchElements = 3 * patchSize ** 2;
  return {
    kind: "vit",
    patchEmbedding: draw([width, 3, patchSize, patchSize], () => {
      return (2 * random.random() - 1) * patchElements ** -0.5;
    }),
    classEmbedding: normal([width], deviation, random),
    positionEmbedding: normal([1 + patches, width], deviation, random),
    preNorm: createNorm(width),
    blocks: createBlocks(config, random),
    postNorm: createNorm(width),
    projection: { weight: normal([jointWidth, width], deviation, random), layout: "out-in" },
  };
}

// CLIP's code draws so in the text tower alone and leaves PyTorch's defaults to the image tower's blocks; we draw both alike.
function createBlocks({ width, layers }: TransformerConfig, random: Random): BlockWeights[] {
  const attention = width ** -0.5;
  const residual = (2 * layers * width) ** -0.5;
  const hidden = (2 * width) ** -0.5;
  const mlpWidth = MLP_FACTOR * width;
  return Array.from({ length: layers }, () => ({
    attentionNorm: createNorm(width),
    query: createLinear([width, width], attention, random),
    key: createLinear([width, width], attention, random),
    value: createLinear([width, width], attention, random),
    attentionOutput: createLinear([width, width], residual, random),
    mlpNorm: createNorm(width),
    mlpUp: createLinear([mlpWidth, width], hidden, random),
    mlpDown: createLinear([width, mlpWidth], residual, random),
  }));
}

function createLinear(
  shape: readonly [out: number, inputs: number],
  deviation: number,
  random: Random,
): LinearWeights {
  return { weight: normal(shape, deviation, random), layout: "out-in", bias: zeros([shape[0]]) };
}

function createNorm(width: number): NormWeights {
  return { weight: draw([width], () => 1), bias: zeros([width]) };
}

function normal(shape: Shape, deviation: number, random: Random): Tensor<"float32"> {
  return draw(shape, () => random.normal(deviation));
}

function draw(shape: Shape, next: () => number): Tensor<"float32"> {
  return createTensor("float32", shape, Float32Array.from({ length: sizeOf(shape) }, next));
}
