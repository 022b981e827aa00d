import type { ClipConfig } from "../../src/clip/config.ts";
import { ConfigError } from "../../src/errors.ts";
import { createAdamW } from "../../src/optim/adamw.ts";
import { clipGradientNorm } from "../../src/optim/clip-gradient-norm.ts";
import { createContrastiveObjective } from "../../src/pretraining/contrastive-objective.ts";
import { createRandomWeights } from "../../src/pretraining/initial-weights.ts";
import { createNodeRuntime } from "../../src/runtime/onnxruntime-node.ts";
import { createRandom } from "../../src/tensor/random.ts";
import { linearFlops } from "../flops.ts";
import { loadGemmChain } from "../gemm-chain.ts";
import { peakMemory } from "../peak-memory.ts";
import { randomTensor } from "../random-tensor.ts";
import { rateRows } from "../rate-rows.ts";
import type { Row } from "../row.ts";
import { median, timeInTurns } from "../timing.ts";

/** What {@link measurePretrainStep} measures. */
export interface PretrainStepScenario {
  readonly kind: "pretrain-step";
  /** A CLIP with a vision transformer. */
  readonly config: ClipConfig;
  /** Pictures a step. */
  readonly batchSize: number;
  readonly rounds: number;
  /** Start of the rows' names. */
  readonly name: string;
}

/** Tokens of a caption without start-of-text: 5 to 12, as those of the embedded model's pictures. */
const CAPTION_LENGTHS = [5, 6, 7, 8, 9, 10, 11, 12];

/**
 * Pictures that pre-training takes in a second, all weights of both towers and the optimiser included, and its FLOP/s beside those
 * of bare products of the same shapes.
 */
export async function measurePretrainStep(scenario: PretrainStepScenario): Promise<Row[]> {
  const { name, rounds, config, batchSize } = scenario;
  const { image, text } = config;
  const runtime = createNodeRuntime();
  const weights = createRandomWeights(config, createRandom(1));
  if (image.kind !== "vit" || weights.image.kind !== "vit") {
    throw new ConfigError({ where: name, expected: "a vision transformer", got: image.kind });
  }
  const lengths = Array.from({ length: batchSize }, (_, index) => CAPTION_LENGTHS[index % 8] ?? 5);
  const sequences = lengths.map((length, caption) => drawCaption(caption, length, text.vocabularySize));
  const batch = {
    pixels: randomTensor([batchSize, 3, image.imageSize, image.imageSize], "pixels").data,
    captions: sequences.map(String),
    sequences,
  };
  const maxLength = Math.max(...CAPTION_LENGTHS) + 1;
  const objective = createContrastiveObjective(runtime, { config, weights }, { batchSize, maxLength });
  const optimizer = createAdamW();
  const step = async () => {
    const { gradients } = await objective.evaluate(batch);
    clipGradientNorm(gradients, 1);
    optimizer.step(objective.parameters, gradients, 1e-4);
  };
  await step();
  const memory = peakMemory();
  const patches = Math.floor(image.imageSize / image.patchSize) ** 2;
  const rows = batchSize * (1 + patches);
  const textRows = lengths.reduce((sum, length) => sum + length, 0);
  const chain = await loadGemmChain(runtime, { ...image, blocks: weights.image.blocks }, rows);
  const times = await timeInTurns({ step, chain: chain.run }, rounds);
  await chain.release();
  await objective.release();
  const embedding = 2 * batchSize * patches * 3 * image.patchSize ** 2 * image.width;
  const forward =
    linearFlops(image, { rows, asked: batchSize }) +
    embedding +
    linearFlops(text, { rows: textRows, asked: batchSize });
  // Back, each product has two gradients of its own size, but nobody asks for that of the pixels.
  const flops = 3 * forward - embedding;
  return [
    { name: `${name}/pictures`, value: (1000 * batchSize) / median(times.step), unit: "pictures/s" },
    { name: `${name}/time`, value: median(times.step), unit: "ms" },
    ...rateRows(name, { measured: flops, chain: chain.flops }, { measured: times.step, chain: times.chain }),
    { name: `${name}/peak-memory`, value: memory, unit: "MB" },
  ];
}

/** Start-of-text, `length - 1` words and end-of-text. */
function drawCaption(caption: number, length: number, vocabularySize: number): number[] {
  const words = Array.from(
    { length: length - 1 },
    (_, index) => (7 * caption + 3 * index) % (vocabularySize - 2),
  );
  return [vocabularySize - 2, ...words, vocabularySize - 1];
}
