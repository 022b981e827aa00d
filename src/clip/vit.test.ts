import { describe, expect, test } from "vitest";
import { checkCloseToLargest } from "../../test/support/check-close.ts";
import { seededTensor } from "../../test/support/seeded-tensor.ts";
import { GraphBuilder } from "../graph/builder.ts";
import { serializeGraph } from "../graph/serialize.ts";
import { createNodeRuntime } from "../runtime/onnxruntime-node.ts";
import { createTensor, type Tensor } from "../tensor/tensor.ts";
import type { VitConfig } from "./config.ts";
import { encodeVit, type VitTower } from "./vit.ts";
import type { BlockWeights, LinearWeights, NormWeights, VitWeights } from "./weights.ts";

const runtime = createNodeRuntime({ threads: 1 });
const WIDTH = 32;
const JOINT = 12;

/** A tower of two heads with random weights. */
function randomVit(config: Pick<VitConfig, "imageSize" | "patchSize" | "layers">): VitTower {
  const draw = seededTensor(7);
  const linear = (outputs: number, inputs: number): LinearWeights => ({
    weight: draw([outputs, inputs], 0.3),
    layout: "out-in",
    bias: draw([outputs], 0.3),
  });
  const norm = (): NormWeights => ({ weight: draw([WIDTH], 1), bias: draw([WIDTH], 0.3) });
  const block = (): BlockWeights => ({
    attentionNorm: norm(),
    query: linear(WIDTH, WIDTH),
    key: linear(WIDTH, WIDTH),
    value: linear(WIDTH, WIDTH),
    attentionOutput: linear(WIDTH, WIDTH),
    mlpNorm: norm(),
    mlpUp: linear(4 * WIDTH, WIDTH),
    mlpDown: linear(WIDTH, 4 * WIDTH),
  });
  const { patchSize, imageSize } = config;
  const weights: VitWeights = {
    kind: "vit",
    patchEmbedding: draw([WIDTH, 3, patchSize, patchSize], 0.2),
    classEmbedding: draw([WIDTH], 1),
    positionEmbedding: draw([1 + Math.floor(imageSize / patchSize) ** 2, WIDTH], 1),
    preNorm: norm(),
    blocks: Array.from({ length: config.layers }, block),
    postNorm: norm(),
    projection: { weight: draw([WIDTH, JOINT], 0.3), layout: "in-out" },
  };
  const fixed = { kind: "vit", width: WIDTH, heads: 2, activation: "gelu", layerNormEps: 1e-5 } as const;
  return { config: { ...fixed, ...config }, weights };
}

async function encode(tower: VitTower, pixels: Tensor<"float32">): Promise<Tensor> {
  const g = new GraphBuilder();
  g.output("features", encodeVit(g, tower, g.input("pixels", "float32", pixels.shape)));
  const session = await runtime.load(serializeGraph(g));
  const { features } = await session.run({ pixels });
  await session.release();
  return features as Tensor;
}

/** The upper left square of every channel. */
function cut({ data, shape }: Tensor<"float32">, side: number): Tensor<"float32"> {
  const [batch = 0, channels = 0, , columns = 0] = shape;
  const cutData = new Float32Array(batch * channels * side * side);
  for (let i = 0; i < cutData.length; i++) {
    const [plane, row, column] = [
      Math.floor(i / side ** 2),
      Math.floor((i % side ** 2) / side),
      i % side,
    ] as const;
    cutData[i] = data[(plane * columns + row) * columns + column]!;
  }
  return createTensor("float32", [batch, channels, side, side], cutData);
}

describe("encodeVit", () => {
  test("cuts off what does not fill a patch", async () => {
    const pixels = seededTensor(3)([2, 3, 22, 22], 1);
    const found = await encode(randomVit({ imageSize: 22, patchSize: 8, layers: 2 }), pixels);
    const expected = await encode(randomVit({ imageSize: 16, patchSize: 8, layers: 2 }), cut(pixels, 16));
    checkCloseToLargest(found, expected, { rtol: 1e-6, atol: 0 });
    expect(found.shape).toEqual([2, JOINT]);
  });

  test.each([1, 3])(
    "does not depend on the patches' order beside their positions, with %s blocks",
    async (layers) => {
      const tower = randomVit({ imageSize: 8, patchSize: 4, layers });
      const pixels = seededTensor(5)([1, 3, 8, 8], 1);
      // The upper and the lower half of the picture change places, and so do their positions.
      const halves = [0, 1, 2].flatMap((plane) => [1, 0].map((half) => (plane * 2 + half) * 32));
      const swapped = halves.flatMap((start) => [...pixels.data.subarray(start, start + 32)]);
      const rows = tower.weights.positionEmbedding as Tensor<"float32">;
      const order = [0, 3, 4, 1, 2].flatMap((row) => [...rows.data.subarray(row * WIDTH, (row + 1) * WIDTH)]);
      const positionEmbedding = createTensor("float32", rows.shape, Float32Array.from(order));
      const other = { ...tower, weights: { ...tower.weights, positionEmbedding } };
      const expected = await encode(tower, pixels);
      const moved = createTensor("float32", pixels.shape, Float32Array.from(swapped));
      checkCloseToLargest(await encode(other, moved), expected, { rtol: 1e-5, atol: 0 });
      expect((await encode(tower, moved)).data).not.toEqual(expected.data);
    },
  );

  test("refuses pictures of another size", async () => {
    const tower = randomVit({ imageSize: 16, patchSize: 8, layers: 1 });
    await expect(encode(tower, seededTensor(1)([1, 3, 24, 24], 1))).rejects.toThrow(
      "image tower: expected pixels [B, 3, 16, 16], got [1, 3, 24, 24]. Preprocess the pictures for this model.",
    );
  });
});
