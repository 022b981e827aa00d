import { createImageEncoder } from "../../src/clip/image-encoder.ts";
import { loadClipWeights } from "../../src/clip/node/load-clip.ts";
import { ConfigError } from "../../src/errors.ts";
import { createNodeRuntime } from "../../src/runtime/onnxruntime-node.ts";
import { linearFlops } from "../flops.ts";
import { loadGemmChain } from "../gemm-chain.ts";
import { peakMemory } from "../peak-memory.ts";
import { randomTensor } from "../random-tensor.ts";
import { rateRows } from "../rate-rows.ts";
import type { Row } from "../row.ts";
import { median, timeInTurns } from "../timing.ts";

/** What {@link measureImageTower} measures. */
export interface ImageTowerScenario {
  readonly kind: "image-tower";
  /** Folder of the checkpoint, a ViT. */
  readonly checkpoint: string;
  readonly rounds: number;
  /** Start of the rows' names. */
  readonly name: string;
}

/** Pictures that an image tower encodes in a second, and its FLOP/s beside those of bare products of the same shapes. */
export async function measureImageTower(scenario: ImageTowerScenario): Promise<Row[]> {
  const { name, rounds, checkpoint } = scenario;
  const runtime = createNodeRuntime();
  const clip = await loadClipWeights(checkpoint);
  const { config, weights } = { config: clip.config.image, weights: clip.weights.image };
  if (config.kind !== "vit" || weights.kind !== "vit") {
    throw new ConfigError({ where: checkpoint, expected: "a vision transformer", got: config.kind });
  }
  const encoder = await createImageEncoder(runtime, clip);
  const { batchSize } = encoder;
  const { imageSize, patchSize, width, layers } = config;
  const pixels = randomTensor([batchSize, 3, imageSize, imageSize], "pixels").data;
  await encoder.encode(pixels);
  const memory = peakMemory();
  const patches = Math.floor(imageSize / patchSize) ** 2;
  const rows = batchSize * (1 + patches);
  const chain = await loadGemmChain(runtime, { width, layers, blocks: weights.blocks }, rows);
  const times = await timeInTurns({ encode: () => encoder.encode(pixels), chain: chain.run }, rounds);
  await chain.release();
  await encoder.release();
  const embedding = 2 * batchSize * patches * 3 * patchSize ** 2 * width;
  const flops = linearFlops({ width, layers }, { rows, asked: batchSize }) + embedding;
  return [
    { name: `${name}/pictures`, value: (1000 * batchSize) / median(times.encode), unit: "pictures/s" },
    ...rateRows(
      name,
      { measured: flops, chain: chain.flops },
      { measured: times.encode, chain: times.chain },
    ),
    { name: `${name}/peak-memory`, value: memory, unit: "MB" },
  ];
}
