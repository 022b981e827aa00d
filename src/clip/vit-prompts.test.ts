import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkCloseToLargest } from "../../test/support/check-close.ts";
import {
  normalizePlainly,
  plainBlock,
  projectPlainly,
  replaceRows,
} from "../../test/support/plain-transformer.ts";
import { runGraph } from "../../test/support/run-graph.ts";
import { seededTensor } from "../../test/support/seeded-tensor.ts";
import { SMALL_IMAGE_SIZE, smallClip } from "../../test/support/small-clip.ts";
import { SMALL_JOINT_WIDTH, SMALL_WIDTH } from "../../test/support/small-text-tower.ts";
import { FLOAT32_CHAIN } from "../../test/support/tolerances.ts";
import { pullBack } from "../autodiff/gradient.ts";
import { ConfigError, ShapeError } from "../errors.ts";
import { GraphBuilder } from "../graph/builder.ts";
import type { Value } from "../graph/node.ts";
import { createNodeRuntime } from "../runtime/onnxruntime-node.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { createImageEncoder, encodeImages } from "./image-encoder.ts";
import { loadClipWeights } from "./node/load-clip.ts";
import { encodeVit, type VitTower } from "./vit.ts";

const runtime = createNodeRuntime({ threads: 1 });
const clip = smallClip(3);
const tower = { config: clip.config.image, weights: clip.weights.image } as VitTower;
const PICTURES = 3;
const shape = [PICTURES, 3, SMALL_IMAGE_SIZE, SMALL_IMAGE_SIZE];
const pixels = seededTensor(8)(shape, 1);

/** Each picture by itself: patches as products of cut-out squares, prompts behind them, and every row through every block. */
function encodePlainly(g: GraphBuilder, images: Value, prompts: readonly Value[]): Value {
  const { config, weights } = tower;
  const { patchSize, width, imageSize, layerNormEps } = config;
  const side = imageSize / patchSize;
  const kernel = g.transpose(
    g.reshape(g.constant(weights.patchEmbedding), [width, 3 * patchSize ** 2]),
    [1, 0],
  );
  const features = Array.from({ length: PICTURES }, (_, picture) => {
    const image = g.slice(images, 0, picture, picture + 1);
    const patches = Array.from({ length: side ** 2 }, (_, patch) => {
      const [top, left] = [Math.floor(patch / side) * patchSize, (patch % side) * patchSize];
      const square = g.slice(g.slice(image, 2, top, top + patchSize), 3, left, left + patchSize);
      return g.matMul(g.reshape(square, [1, 3 * patchSize ** 2]), kernel);
    });
    const first = g.reshape(g.constant(weights.classEmbedding), [1, width]);
    const tokens = g.add(g.concat([first, ...patches], 0), g.constant(weights.positionEmbedding));
    const joined = prompts[0] === undefined ? tokens : g.concat([tokens, prompts[0]], 0);
    let x = normalizePlainly(g, joined, weights.preNorm, layerNormEps);
    weights.blocks.forEach((block, index) => {
      const deep = index === 0 ? undefined : prompts[index];
      if (deep !== undefined) x = replaceRows(g, x, 1 + side ** 2, deep);
      x = plainBlock(g, x, block, { ...config, isCausal: false });
    });
    return projectPlainly(
      g,
      normalizePlainly(g, g.slice(x, 0, 0, 1), weights.postNorm, layerNormEps),
      weights.projection,
    );
  });
  return g.concat(features, 0);
}

/** Features, and gradients of the prompts. */
async function run(
  { count, depth }: { count: number; depth: number },
  encode: (g: GraphBuilder, images: Value, prompts: readonly Value[]) => Value,
): Promise<Record<string, Tensor>> {
  const g = new GraphBuilder();
  const draw = seededTensor(4);
  const drawn = Array.from({ length: depth }, () => draw([count, SMALL_WIDTH], 1.5));
  const prompts = drawn.map((tensor, index) => g.input(`prompts ${index}`, "float32", tensor.shape));
  const features = encode(g, g.input("pixels", "float32", shape), prompts);
  g.output("features", features);
  const upstream = draw(features.shape, 1);
  const gradient = g.input("upstream", "float32", features.shape);
  pullBack(g, [{ value: features, gradient }], prompts).forEach((value, index) => {
    g.output(`d prompts ${index}`, value);
  });
  const feeds = Object.fromEntries(drawn.map((tensor, index) => [`prompts ${index}`, tensor]));
  return runGraph(runtime, g, { pixels, ...feeds, ...(depth > 0 && { upstream }) });
}

describe("prompts of the image tower", () => {
  test.each([
    [1, 0],
    [1, 1],
    [2, 1],
    [1, 2],
    [3, 2],
  ])("%i of them in %i blocks give the features and gradients of a plain tower", async (count, depth) => {
    const found = await run({ count, depth }, (g, images, prompts) => encodeVit(g, tower, images, prompts));
    const expected = await run({ count, depth }, encodePlainly);
    expect(Object.keys(found)).toEqual(Object.keys(expected));
    expect(found.features?.shape).toEqual([PICTURES, SMALL_JOINT_WIDTH]);
    for (const [name, tensor] of Object.entries(expected)) {
      checkCloseToLargest(found[name] as Tensor, tensor, FLOAT32_CHAIN, name);
    }
  });

  test("for more blocks than there are, are refused", async () => {
    const run3 = run({ count: 1, depth: 3 }, (g, images, prompts) => encodeVit(g, tower, images, prompts));
    await expect(run3).rejects.toThrow(ShapeError);
    await expect(run3).rejects.toThrow(
      "prompts of the image tower: expected at most 2 sets, one for each block, got 3. Choose a smaller depth.",
    );
  });

  test("are built into an encoder", async () => {
    const draw = seededTensor(4);
    const prompts = [draw([2, SMALL_WIDTH], 1.5), draw([2, SMALL_WIDTH], 1.5)];
    const encoder = await createImageEncoder(runtime, clip, { batchSize: PICTURES, prompts });
    const data = await encoder.encode(pixels.data);
    await encoder.release();
    const expected = await run({ count: 2, depth: 2 }, (g, images, values) =>
      encodeVit(g, tower, images, values),
    );
    checkCloseToLargest(
      { shape: [PICTURES, SMALL_JOINT_WIDTH], data },
      expected.features as Tensor,
      FLOAT32_CHAIN,
    );
  });

  test("cannot join a ResNet", async () => {
    const golden = join(import.meta.dirname, "../../test/golden/clip-rn.openai.safetensors");
    const resnet = await loadClipWeights(golden);
    const g = new GraphBuilder();
    const { imageSize } = resnet.config.image;
    const images = g.input("pixels", "float32", [1, 3, imageSize, imageSize]);
    const prompts = [g.input("prompts", "float32", [2, SMALL_WIDTH])];
    expect(() => encodeImages(g, resnet, images, prompts)).toThrow(ConfigError);
    expect(() => encodeImages(g, resnet, images, prompts)).toThrow(
      "prompts of the image tower: expected a vision transformer, which learned tokens can join, got a ResNet.",
    );
    expect(encodeImages(g, resnet, images).shape).toEqual([1, resnet.config.jointWidth]);
  });
});
