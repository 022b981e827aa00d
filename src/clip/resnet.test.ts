import { expect, test } from "vitest";
import { checkCloseToLargest } from "../../test/support/check-close.ts";
import { seededTensor } from "../../test/support/seeded-tensor.ts";
import { GraphBuilder } from "../graph/builder.ts";
import { serializeGraph } from "../graph/serialize.ts";
import { createNodeRuntime } from "../runtime/onnxruntime-node.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { encodeResNet, type ResNetTower } from "./resnet.ts";
import type { BottleneckWeights, ConvNormWeights, LinearWeights } from "./weights.ts";

const WIDTH = 4;
const JOINT = 6;
const draw = seededTensor(11);
const runtime = createNodeRuntime({ threads: 1 });

function convNorm(outputs: number, inputs: number, kernel: number): ConvNormWeights {
  const variance = draw([outputs], 1);
  return {
    weight: draw([outputs, inputs, kernel, kernel], 1 / Math.sqrt(inputs * kernel)),
    scale: draw([outputs], 1),
    shift: draw([outputs], 0.3),
    runningMean: draw([outputs], 0.3),
    runningVar: { ...variance, data: variance.data.map((number) => Math.abs(number) + 0.1) },
  };
}

function randomResNet(imageSize: number, stageBlocks: readonly number[]): ResNetTower {
  let inputs = WIDTH;
  const stages = stageBlocks.map((count, stage) => {
    const inner = WIDTH * 2 ** stage;
    return Array.from({ length: count }, (_, index): BottleneckWeights => {
      const block = {
        conv1: convNorm(inner, inputs, 1),
        conv2: convNorm(inner, inner, 3),
        conv3: convNorm(4 * inner, inner, 1),
        ...(index === 0 && { downsample: convNorm(4 * inner, inputs, 1) }),
      };
      inputs = 4 * inner;
      return block;
    });
  });
  const linear = (outputs: number): LinearWeights => ({
    weight: draw([outputs, inputs], 0.3),
    layout: "out-in",
    bias: draw([outputs], 0.3),
  });
  return {
    config: { kind: "resnet", imageSize, width: WIDTH, stageBlocks, heads: 2 },
    weights: {
      kind: "resnet",
      stem: [convNorm(2, 3, 3), convNorm(2, 2, 3), convNorm(WIDTH, 2, 3)],
      stages,
      attentionPool: {
        positionEmbedding: draw([1 + Math.floor(imageSize / 32) ** 2, inputs], 0.5),
        query: linear(inputs),
        key: linear(inputs),
        value: linear(inputs),
        output: linear(JOINT),
      },
    },
  };
}

/** One picture, channel by channel, in float64. */
interface Planes {
  readonly side: number;
  readonly planes: readonly Float64Array[];
}

const dataOf = (stored: unknown) => (stored as Tensor<"float32">).data;

/** Convolution and batch normalisation as their formulas are written. */
function plainConvNorm({ planes, side }: Planes, norm: ConvNormWeights, stride = 1): Planes {
  const [outputs = 0, inputs = 0, kernel = 0] = norm.weight.shape;
  const padding = (kernel - 1) / 2;
  const reduced = Math.floor((side + 2 * padding - kernel) / stride) + 1;
  const [weight, scale, shift] = [dataOf(norm.weight), dataOf(norm.scale), dataOf(norm.shift)];
  const [mean, variance] = [dataOf(norm.runningMean), dataOf(norm.runningVar)];
  const at = (channel: number, row: number, column: number) =>
    row < 0 || column < 0 || row >= side || column >= side ? 0 : planes[channel]![row * side + column]!;
  const sumAt = (output: number, top: number, left: number) => {
    let sum = 0;
    for (let i = 0; i < inputs * kernel * kernel; i++) {
      const [channel, row, column] = [
        Math.floor(i / kernel ** 2),
        Math.floor(i / kernel) % kernel,
        i % kernel,
      ] as const;
      sum += weight[output * inputs * kernel ** 2 + i]! * at(channel, top + row, left + column);
    }
    return sum;
  };
  const normalized = Array.from({ length: outputs }, (_, output) =>
    Float64Array.from({ length: reduced ** 2 }, (_, place) => {
      const [row, column] = [Math.floor(place / reduced), place % reduced] as const;
      const sum = sumAt(output, row * stride - padding, column * stride - padding);
      return ((sum - mean[output]!) / Math.sqrt(variance[output]! + 1e-5)) * scale[output]! + shift[output]!;
    }),
  );
  return { side: reduced, planes: normalized };
}

const mapPlanes = (
  { side, planes }: Planes,
  change: (n: number, channel: number, place: number) => number,
) => ({
  side,
  planes: planes.map((plane, channel) => plane.map((number, place) => change(number, channel, place))),
});
const relu = (x: Planes) => mapPlanes(x, (number) => Math.max(number, 0));

function halve({ side, planes }: Planes): Planes {
  const half = Math.floor(side / 2);
  const halved = planes.map((plane) =>
    Float64Array.from({ length: half ** 2 }, (_, place) => {
      const corner = 2 * Math.floor(place / half) * side + 2 * (place % half);
      return (plane[corner]! + plane[corner + 1]! + plane[corner + side]! + plane[corner + side + 1]!) / 4;
    }),
  );
  return { side: half, planes: halved };
}

function plainBottleneck(x: Planes, block: BottleneckWeights, stride: number): Planes {
  const pool = (value: Planes) => (stride === 2 ? halve(value) : value);
  const filtered = relu(plainConvNorm(relu(plainConvNorm(x, block.conv1)), block.conv2));
  const shortcut = block.downsample === undefined ? x : plainConvNorm(pool(x), block.downsample);
  const sum = plainConvNorm(pool(filtered), block.conv3);
  return relu(mapPlanes(sum, (number, channel, place) => number + shortcut.planes[channel]![place]!));
}

function plainLinear(x: readonly number[], { weight, bias }: LinearWeights): number[] {
  return Array.from(dataOf(bias), (shift, output) =>
    x.reduce((sum, number, i) => sum + number * dataOf(weight)[output * x.length + i]!, shift),
  );
}

/** Attention of the mean to itself and to all places, head by head. */
function plainPool({ planes, side }: Planes, { weights, config }: ResNetTower): number[] {
  const pool = weights.attentionPool;
  const places = Array.from({ length: side ** 2 }, (_, place) => planes.map((plane) => plane[place]!));
  const mean = planes.map((plane) => plane.reduce((sum, number) => sum + number, 0) / plane.length);
  const positions = dataOf(pool.positionEmbedding);
  const tokens = [mean, ...places].map((token, t) =>
    token.map((number, i) => number + positions[t * token.length + i]!),
  );
  const query = plainLinear(tokens[0] ?? [], pool.query);
  const keys = tokens.map((token) => plainLinear(token, pool.key));
  const values = tokens.map((token) => plainLinear(token, pool.value));
  const headWidth = mean.length / config.heads;
  const attended = mean.map((_, i) => {
    const start = Math.floor(i / headWidth) * headWidth;
    const shares = keys.map((key) => {
      let score = 0;
      for (let j = start; j < start + headWidth; j++) score += query[j]! * key[j]!;
      return Math.exp(score / Math.sqrt(headWidth));
    });
    const total = shares.reduce((sum, share) => sum + share, 0);
    return shares.reduce((sum, share, t) => sum + (share / total) * values[t]![i]!, 0);
  });
  return plainLinear(attended, pool.output);
}

function plainResNet(tower: ResNetTower, planes: readonly Float64Array[]): number[] {
  const { stem, stages } = tower.weights;
  const reduced = relu(plainConvNorm({ side: tower.config.imageSize, planes }, stem[0], 2));
  let x = halve(relu(plainConvNorm(relu(plainConvNorm(reduced, stem[1])), stem[2])));
  stages.forEach((blocks, stage) => {
    blocks.forEach((block, index) => {
      x = plainBottleneck(x, block, stage > 0 && index === 0 ? 2 : 1);
    });
  });
  return plainPool(x, tower);
}

async function encode(tower: ResNetTower, pixels: Tensor<"float32">): Promise<Tensor> {
  const g = new GraphBuilder();
  g.output("features", encodeResNet(g, tower, g.input("pixels", "float32", pixels.shape)));
  const session = await runtime.load(serializeGraph(g));
  const { features } = await session.run({ pixels });
  await session.release();
  return features as Tensor;
}

test.each([
  { imageSize: 32, stageBlocks: [1, 1, 1, 1] },
  { imageSize: 64, stageBlocks: [2, 1, 3, 2] },
  // Halved to an odd side on the way, so that a row and a column are left out.
  { imageSize: 72, stageBlocks: [1, 2, 1, 1] },
])("encodeResNet gives what the formulas do: $imageSize pixels, $stageBlocks blocks", async (size) => {
  const tower = randomResNet(size.imageSize, size.stageBlocks);
  const area = size.imageSize ** 2;
  const pixels = draw([2, 3, size.imageSize, size.imageSize], 2);
  const expected = [0, 1].flatMap((picture) =>
    plainResNet(
      tower,
      [0, 1, 2].map((channel) => {
        const start = (picture * 3 + channel) * area;
        return Float64Array.from(pixels.data.subarray(start, start + area));
      }),
    ),
  );
  const found = await encode(tower, pixels);
  checkCloseToLargest(found, { shape: [2, JOINT], data: expected }, { rtol: 1e-5, atol: 0 });
});

test("encodeResNet refuses pictures of another size", async () => {
  await expect(encode(randomResNet(64, [1, 1, 1, 1]), draw([1, 3, 32, 32], 1))).rejects.toThrow(
    "image tower: expected pixels [B, 3, 64, 64], got [1, 3, 32, 32].",
  );
});
