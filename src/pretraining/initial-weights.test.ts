import { expect, test } from "vitest";
import type { ClipConfig } from "../clip/config.ts";
import { nameWeights } from "../clip/name-weights.ts";
import { ConfigError } from "../errors.ts";
import { createRandom } from "../tensor/random.ts";
import { isFileTensor, type Tensor } from "../tensor/tensor.ts";
import { createRandomWeights } from "./initial-weights.ts";

const tower = { heads: 4, activation: "quick_gelu", layerNormEps: 1e-5 } as const;
const config: ClipConfig = {
  text: { ...tower, width: 64, layers: 3, vocabularySize: 900, contextLength: 16 },
  image: { kind: "vit", ...tower, width: 96, layers: 2, imageSize: 32, patchSize: 8 },
  jointWidth: 48,
  imageMean: [0.5, 0.5, 0.5],
  imageStd: [0.25, 0.25, 0.25],
};

function draw(seed: number) {
  const weights = createRandomWeights(config, createRandom(seed));
  const named = [...nameWeights(weights)].map(([name, tensor]) => {
    if (isFileTensor(tensor) || tensor.dtype !== "float32")
      throw new Error(`${name} is not float32 in memory`);
    return [name, tensor as Tensor<"float32">] as const;
  });
  return { ...weights, tensors: new Map(named) };
}

/** Root of the mean square: the deviation of draws whose mean is 0. */
function deviationOf(values: readonly number[]): number {
  return Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);
}

test("draws with CLIP's deviations", () => {
  const { tensors, logitScale } = draw(1);
  const expected = {
    "text.tokenEmbedding": 0.02,
    "text.positionEmbedding": 0.01,
    "text.blocks.0.query.weight": 64 ** -0.5,
    "text.blocks.1.key.weight": 64 ** -0.5,
    "text.blocks.2.value.weight": 64 ** -0.5,
    "text.blocks.0.attentionOutput.weight": 384 ** -0.5,
    "text.blocks.1.mlpUp.weight": 128 ** -0.5,
    "text.blocks.2.mlpDown.weight": 384 ** -0.5,
    "text.projection.weight": 64 ** -0.5,
    // Uniform within the bound: 1 / sqrt(3) of it.
    "image.patchEmbedding": (3 * 192) ** -0.5,
    "image.positionEmbedding": 96 ** -0.5,
    "image.blocks.0.query.weight": 96 ** -0.5,
    "image.blocks.1.attentionOutput.weight": 384 ** -0.5,
    "image.blocks.1.mlpUp.weight": 192 ** -0.5,
    "image.blocks.0.mlpDown.weight": 384 ** -0.5,
    "image.projection.weight": 96 ** -0.5,
  };
  for (const [name, deviation] of Object.entries(expected)) {
    const data = [...(tensors.get(name)?.data ?? [])];
    // Six standard errors of a deviation's estimate.
    const tolerance = 6 / Math.sqrt(2 * data.length);
    expect(Math.abs(deviationOf(data) / deviation - 1), name).toBeLessThan(tolerance);
  }
  const patches = [...(tensors.get("image.patchEmbedding")?.data ?? [])];
  expect(Math.max(...patches.map(Math.abs))).toBeLessThanOrEqual(192 ** -0.5);
  expect(Math.exp(logitScale)).toBeCloseTo(1 / 0.07, 10);
});

test("begins with norms that are the identity, and without biases", () => {
  const { tensors } = draw(1);
  for (const [name, { data }] of tensors) {
    if (/orm\.weight$/.test(name)) expect(new Set(data), name).toEqual(new Set([1]));
    if (name.endsWith(".bias")) expect(new Set(data), name).toEqual(new Set([0]));
  }
});

test("gives every tensor the shape that the config tells", () => {
  const shapes = Object.fromEntries([...draw(1).tensors].map(([name, { shape }]) => [name, shape]));
  expect(shapes).toMatchObject({
    "text.tokenEmbedding": [900, 64],
    "text.positionEmbedding": [16, 64],
    "text.blocks.2.mlpUp.weight": [256, 64],
    "text.blocks.2.mlpDown.weight": [64, 256],
    "text.blocks.2.mlpDown.bias": [64],
    "text.projection.weight": [48, 64],
    "image.patchEmbedding": [96, 3, 8, 8],
    "image.classEmbedding": [96],
    "image.positionEmbedding": [17, 96],
    "image.blocks.1.query.bias": [96],
    "image.projection.weight": [48, 96],
  });
  expect(shapes).not.toHaveProperty(["text.blocks.3.query.weight"]);
  expect(shapes).not.toHaveProperty(["text.projection.bias"]);
});

test("the same seed gives the same weights, another one others", () => {
  expect(draw(7).tensors).toEqual(draw(7).tensors);
  expect(draw(8).tensors).not.toEqual(draw(7).tensors);
});

test("refuses a ResNet", () => {
  const resnet: ClipConfig = {
    ...config,
    image: { kind: "resnet", imageSize: 32, width: 8, stageBlocks: [1, 1, 1, 1], heads: 4 },
  };
  const create = () => createRandomWeights(resnet, createRandom(1));
  expect(create).toThrow(ConfigError);
  expect(create).toThrow(
    "createRandomWeights: expected a vision transformer as image tower, got a ResNet. " +
      "Pre-train a model with a vision transformer.",
  );
});
