import { expect, test } from "vitest";
import { seededTensor } from "../../test/support/seeded-tensor.ts";
import { smallTextTower } from "../../test/support/small-text-tower.ts";
import { createTensor, type FileTensor } from "../tensor/tensor.ts";
import { mapWeights, nameWeights } from "./name-weights.ts";
import type { ClipWeights, ConvNormWeights, NormWeights } from "./weights.ts";

const draw = seededTensor(4);
const { blocks, finalNorm, ...text } = smallTextTower({ seed: 1, layers: 1 }).weights;
const patchEmbedding: FileTensor = {
  dtype: "float16",
  shape: [8, 3, 2, 2],
  file: "/models/clip.safetensors",
  byteOffset: 64,
};

/** A CLIP with one text block and a vision transformer without blocks, one tensor of which lies in a file. */
const clip: ClipWeights = {
  text: { ...text, blocks, finalNorm },
  image: {
    kind: "vit",
    patchEmbedding,
    classEmbedding: draw([8], 1),
    positionEmbedding: draw([5, 8], 1),
    preNorm: norm(),
    blocks: [],
    postNorm: norm(),
    projection: { weight: draw([6, 8], 1), layout: "out-in" },
  },
  logitScale: 3,
};

function norm(): NormWeights {
  return { weight: draw([8], 1), bias: draw([8], 1) };
}

function convNorm(): ConvNormWeights {
  const vector = () => draw([2], 1);
  return {
    weight: draw([2, 2, 1, 1], 1),
    scale: vector(),
    shift: vector(),
    runningMean: vector(),
    runningVar: vector(),
  };
}

test("names every tensor by its role, in the order of the weights", () => {
  const named = nameWeights(clip);
  const block = [
    ...["attentionNorm.weight", "attentionNorm.bias", "query.weight", "query.bias", "key.weight", "key.bias"],
    ...["value.weight", "value.bias", "attentionOutput.weight", "attentionOutput.bias"],
    ...["mlpNorm.weight", "mlpNorm.bias", "mlpUp.weight", "mlpUp.bias", "mlpDown.weight", "mlpDown.bias"],
  ];
  expect([...named.keys()]).toEqual([
    ...["text.tokenEmbedding", "text.positionEmbedding", "text.projection.weight"],
    ...block.map((name) => `text.blocks.0.${name}`),
    ...["text.finalNorm.weight", "text.finalNorm.bias"],
    ...["image.patchEmbedding", "image.classEmbedding", "image.positionEmbedding"],
    ...["image.preNorm.weight", "image.preNorm.bias", "image.postNorm.weight", "image.postNorm.bias"],
    "image.projection.weight",
  ]);
  expect(named.get("text.blocks.0.mlpUp.bias")).toBe(blocks[0]?.mlpUp.bias);
  expect(named.get("image.patchEmbedding")).toBe(patchEmbedding);
});

test("names a ResNet's tensors; a shortcut without a convolution has none", () => {
  const linear = () => ({ weight: draw([2, 2], 1), layout: "out-in", bias: draw([2], 1) }) as const;
  const bottleneck = { conv1: convNorm(), conv2: convNorm(), conv3: convNorm() };
  const image: ClipWeights["image"] = {
    kind: "resnet",
    stem: [convNorm(), convNorm(), convNorm()],
    stages: [[{ ...bottleneck, downsample: convNorm() }, bottleneck]],
    attentionPool: {
      positionEmbedding: draw([2, 2], 1),
      query: linear(),
      key: linear(),
      value: linear(),
      output: linear(),
    },
  };
  const names = [...nameWeights({ ...clip, image }).keys()].filter((name) => name.startsWith("image."));
  // Five tensors in each of the ten convolutions, and nine in the pool.
  expect(names).toHaveLength(59);
  expect(names).toEqual(
    expect.arrayContaining([
      "image.stem.2.runningVar",
      "image.stages.0.0.downsample.weight",
      "image.stages.0.1.conv3.shift",
      "image.attentionPool.output.bias",
    ]),
  );
  expect(names.filter((name) => name.startsWith("image.stages.0.1.downsample"))).toEqual([]);
});

test("replaces every tensor, and keeps all else", () => {
  const seen: string[] = [];
  const mapped = mapWeights(clip, (name, { shape }) => {
    seen.push(name);
    return createTensor("float32", [1], Float32Array.of(shape.length));
  });
  expect(seen).toEqual([...nameWeights(clip).keys()]);
  expect([...nameWeights(mapped).keys()]).toEqual(seen);
  expect(mapped.logitScale).toBe(3);
  expect(mapped.image.kind).toBe("vit");
  expect(mapped.image).toMatchObject({ blocks: [], projection: { layout: "out-in" } });
  expect(mapped.text.projection).toEqual({
    weight: createTensor("float32", [1], Float32Array.of(2)),
    layout: "in-out",
  });
  expect(mapped.text.blocks).toBeInstanceOf(Array);
  expect(mapped.text.blocks[0]?.query.layout).toBe("out-in");
  // The replaced ones are where they were.
  expect(clip.text.projection.weight.shape).toEqual([8, 6]);
});

test("what is kept is equal", () => {
  expect(mapWeights(clip, (_, tensor) => tensor)).toEqual(clip);
});
