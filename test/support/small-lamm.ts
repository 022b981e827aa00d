import type { ClipConfig, TextConfig } from "../../src/clip/config.ts";
import { createPromptEmbeddings } from "../../src/clip/prompt-embeddings.ts";
import type { HierarchicalLossWeights } from "../../src/methods/hierarchical-loss.ts";
import type { LabelTokenOptions } from "../../src/methods/label-tokens.ts";
import { lamm } from "../../src/methods/lamm.ts";
import type { PromptSet } from "../../src/methods/prompts.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { createRandom, type Random } from "../../src/tensor/random.ts";
import { createTensor } from "../../src/tensor/tensor.ts";
import { toFloat32 } from "../../src/tensor/to-float32.ts";
import type { FeatureSet } from "../../src/training/feature-set.ts";
import { PromptObjective } from "../../src/training/prompt-objective.ts";
import { seededTensor } from "./seeded-tensor.ts";
import {
  SMALL_END,
  SMALL_JOINT_WIDTH,
  SMALL_START,
  SMALL_WIDTH,
  smallTextTower,
} from "./small-text-tower.ts";

/**
 * Prompts of classes whose names have these numbers of tokens, behind two words of context and before a full stop.
 *
 * @param seed of the words
 */
export function smallPrompts(nameLengths: readonly number[], seed = 1): PromptSet {
  const random = createRandom(seed);
  const suffixIds = nameLengths.map((length) => [
    ...Array.from({ length }, () => 3 + random.randBelow(20)),
    2,
    SMALL_END,
  ]);
  return { prefixIds: [SMALL_START, 0, 1], suffixIds, nameLengths };
}

/** A small LAMM. */
export interface SmallLammOptions extends Partial<LabelTokenOptions> {
  /** Tokens of each class name; three classes if not given. */
  readonly nameLengths?: readonly number[];
  /** Instead of {@link smallPrompts} of these. */
  readonly prompts?: PromptSet;
  /** Of names and weights. */
  readonly seed?: number;
  /** Draws of a random initialisation. */
  readonly random?: Random;
}

/** A model of the small text tower and an image tower of the same width that nobody has built. */
export function smallConfig(text: TextConfig): ClipConfig {
  const { layers, heads, activation, layerNormEps } = text;
  const image = { width: SMALL_WIDTH, layers, heads, activation, layerNormEps, imageSize: 4, patchSize: 2 };
  return {
    text,
    image: { kind: "vit", ...image },
    jointWidth: SMALL_JOINT_WIDTH,
    imageMean: [0, 0, 0],
    imageStd: [1, 1, 1],
  };
}

/** LAMM on {@link smallTextTower}, from the words and with the shared number of tokens if not said otherwise. */
export function smallLamm({ nameLengths = [1, 2, 1], seed = 1, ...rest }: SmallLammOptions = {}) {
  const { prompts = smallPrompts(nameLengths, seed), random = createRandom(seed), ...options } = rest;
  const tower = smallTextTower({ seed });
  const embeddings = createPromptEmbeddings(tower.weights, (stored) => {
    if ("file" in stored) throw new Error("the small tower is in memory");
    return toFloat32(stored);
  });
  const method = lamm.create(
    { config: smallConfig(tower.config), prompts, embeddings, random },
    { tokens: "shared", initialisation: "words", ...options },
  );
  return { tower, prompts, embeddings, method };
}

/** Loss weights under which each part of the loss and of its gradient counts. */
export const SMALL_LOSS_WEIGHTS: HierarchicalLossWeights = {
  parameters: 0.5,
  features: 1,
  logits: 0.3,
  temperature: 2,
};

/** Scale of the small model's logits, s. */
export const SMALL_LOGIT_SCALE = 10;

/** An objective over {@link smallLamm}. */
export function smallObjective(
  runtime: Runtime,
  options: SmallLammOptions & {
    readonly maxRows?: number;
    readonly lossWeights?: HierarchicalLossWeights;
  } = {},
): PromptObjective {
  const { maxRows, lossWeights = SMALL_LOSS_WEIGHTS, ...rest } = options;
  return new PromptObjective({
    runtime,
    ...smallLamm(rest),
    lossWeights,
    logitScale: SMALL_LOGIT_SCALE,
    ...(maxRows !== undefined && { maxRows }),
  });
}

/** Pictures of `classes` classes in turn, as normalised random features. */
export function smallFeatures({ classes = 3, pictures = 7, views = 1, seed = 1 } = {}): FeatureSet {
  const width = SMALL_JOINT_WIDTH;
  const drawn = seededTensor(seed)([pictures, views, width], 1);
  const data = drawn.data.map((number, i) => {
    const start = i - (i % width);
    return number / Math.hypot(...drawn.data.subarray(start, start + width));
  });
  return {
    features: createTensor("float32", drawn.shape, data),
    labels: Array.from({ length: pictures }, (_, picture) => picture % classes),
  };
}

/** Every parameter of a method moved a little from where it starts. */
export function movedParameters(
  { method }: Pick<PromptObjective, "method">,
  seed = 1,
): Record<string, Float32Array> {
  const draw = seededTensor(seed);
  const entries = method.parameters.map(({ name, initial }) => {
    const { data } = draw(initial.shape, 0.5);
    return [name, initial.data.map((number, i) => number + (data[i] ?? 0))] as const;
  });
  return Object.fromEntries(entries);
}
