import type { Activation } from "../../src/clip/config.ts";
import type { TextTower } from "../../src/clip/text-tower.ts";
import type { BlockWeights, LinearWeights, NormWeights } from "../../src/clip/weights.ts";
import { createTensor } from "../../src/tensor/tensor.ts";
import { seededTensor } from "./seeded-tensor.ts";

/** Shape of a small text tower with random weights. */
export interface SmallTextTowerOptions {
  readonly seed: number;
  /** 2 if not given. */
  readonly heads?: number;
  /** 2 if not given. */
  readonly layers?: number;
  /** `quick_gelu` if not given. */
  readonly activation?: Activation;
}

/** Width W of the small text tower. */
export const SMALL_WIDTH = 8;
/** Width D of its features. */
export const SMALL_JOINT_WIDTH = 6;
/** Its start-of-text; words are the ids below. */
export const SMALL_START = 30;
/** Its end-of-text. */
export const SMALL_END = 31;

/** A text tower of width 8 and 32 tokens, with weights large enough that attention is far from even. */
export function smallTextTower(options: SmallTextTowerOptions): TextTower {
  const { seed, heads = 2, layers = 2, activation = "quick_gelu" } = options;
  const draw = seededTensor(seed);
  const linear = (from: number, to: number): LinearWeights => ({
    weight: draw([to, from], 2 / Math.sqrt(from)),
    layout: "out-in",
    bias: draw([to], 0.3),
  });
  const norm = (): NormWeights => {
    const { data } = draw([SMALL_WIDTH], 0.3);
    const weight = createTensor(
      "float32",
      [SMALL_WIDTH],
      data.map((number) => 1 + number),
    );
    return { weight, bias: draw([SMALL_WIDTH], 0.2) };
  };
  const block = (): BlockWeights => ({
    attentionNorm: norm(),
    query: linear(SMALL_WIDTH, SMALL_WIDTH),
    key: linear(SMALL_WIDTH, SMALL_WIDTH),
    value: linear(SMALL_WIDTH, SMALL_WIDTH),
    attentionOutput: linear(SMALL_WIDTH, SMALL_WIDTH),
    mlpNorm: norm(),
    mlpUp: linear(SMALL_WIDTH, 4 * SMALL_WIDTH),
    mlpDown: linear(4 * SMALL_WIDTH, SMALL_WIDTH),
  });
  return {
    config: {
      width: SMALL_WIDTH,
      layers,
      heads,
      activation,
      layerNormEps: 1e-5,
      vocabularySize: SMALL_END + 1,
      contextLength: 77,
    },
    weights: {
      tokenEmbedding: draw([SMALL_END + 1, SMALL_WIDTH], 1),
      positionEmbedding: draw([77, SMALL_WIDTH], 0.5),
      blocks: Array.from({ length: layers }, block),
      finalNorm: norm(),
      projection: { weight: draw([SMALL_WIDTH, SMALL_JOINT_WIDTH], 1), layout: "in-out" },
    },
  };
}
