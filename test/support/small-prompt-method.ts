import { preprocessingOf } from "../../src/clip/preprocess.ts";
import { createPromptEmbeddings } from "../../src/clip/prompt-embeddings.ts";
import type { TextTower } from "../../src/clip/text-tower.ts";
import type { HierarchicalLossWeights } from "../../src/methods/hierarchical-loss.ts";
import type { PromptMethod, PromptMethodDefinition } from "../../src/methods/method.ts";
import { findMethod } from "../../src/methods/methods.ts";
import type { PromptSet } from "../../src/methods/prompts.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { createRandom } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { toFloat32 } from "../../src/tensor/to-float32.ts";
import { type Batch, takeWhole } from "../../src/training/feature-set.ts";
import { type PixelSet, pixelBatches } from "../../src/training/pixel-set.ts";
import { PromptObjective } from "../../src/training/prompt-objective.ts";
import { SMALL_IMAGE_SIZE, smallClip } from "./small-clip.ts";
import { SMALL_LOGIT_SCALE, SMALL_LOSS_WEIGHTS, smallFeatures, smallPrompts } from "./small-lamm.ts";

/** A prompt method on {@link smallClip}. */
export interface SmallMethodOptions {
  /** As on the command line. */
  readonly method: string;
  /** Its own options; the defaults if not given. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Tokens of each class name; three classes if not given. */
  readonly nameLengths?: readonly number[];
  /** Instead of {@link smallPrompts} of these. */
  readonly prompts?: PromptSet;
  /** Of words, weights and random choices. */
  readonly seed?: number;
}

/** A method set up on the small CLIP, and what it was set up with. */
export interface SmallMethod {
  readonly clip: ReturnType<typeof smallClip>;
  readonly tower: TextTower;
  readonly prompts: PromptSet;
  readonly embeddings: PromptMethod["embeddings"];
  readonly method: PromptMethod;
}

/** Any prompt method on the small CLIP: names of one, two and one tokens behind two words of context if not said otherwise. */
export function smallMethod({
  method: name,
  options = {},
  nameLengths = [1, 2, 1],
  seed = 1,
  prompts = smallPrompts(nameLengths, seed),
}: SmallMethodOptions): SmallMethod {
  const definition = findMethod(name) as PromptMethodDefinition;
  const clip = smallClip(seed);
  const embeddings = createPromptEmbeddings(clip.weights.text, (stored) => {
    if ("file" in stored) throw new Error("the small tower is in memory");
    return toFloat32(stored);
  });
  const problem = { config: clip.config, prompts, embeddings, random: createRandom(seed) };
  const method = definition.create(problem, definition.options.parse(options));
  const tower = { config: clip.config.text, weights: clip.weights.text };
  return { clip, tower, prompts, embeddings, method };
}

/** What an objective over a small method can be set to. */
export interface SmallObjectiveOptions {
  readonly maxRows?: number;
  readonly maxLogits?: number;
  readonly lossWeights?: HierarchicalLossWeights;
  readonly fixedTextFeatures?: Tensor<"float32">;
}

/** An objective over a {@link smallMethod}. */
export function smallMethodObjective(
  runtime: Runtime,
  { clip, tower, method }: Pick<SmallMethod, "clip" | "tower" | "method">,
  { lossWeights = SMALL_LOSS_WEIGHTS, ...options }: SmallObjectiveOptions = {},
): PromptObjective {
  return new PromptObjective({
    runtime,
    ...{ clip, tower, method, lossWeights },
    logitScale: SMALL_LOGIT_SCALE,
    ...options,
  });
}

/** Random crops for the small CLIP's image tower, of `classes` classes in turn. */
export function smallPixels({ classes = 3, pictures = 4, views = 1, seed = 1 } = {}): PixelSet {
  const random = createRandom(seed);
  const size = 3 * SMALL_IMAGE_SIZE ** 2;
  return {
    crops: Uint8Array.from({ length: pictures * views * size }, () => random.randBelow(256)),
    viewCount: views,
    preprocessing: preprocessingOf(smallClip(seed).config),
    labels: Array.from({ length: pictures }, (_, picture) => picture % classes),
  };
}

/** A batch of what a method takes: pixels or features. */
export function smallBatch(
  { promptsImageTower }: Pick<PromptMethod, "promptsImageTower">,
  options: { classes?: number; pictures?: number } = {},
): Batch {
  return promptsImageTower
    ? pixelBatches(smallPixels(options)).takeWhole()
    : takeWhole(smallFeatures(options));
}

/** A method and its options, as tests name them. */
export type MethodCase = readonly [name: string, method: string, options: Readonly<Record<string, unknown>>];

/** Every method that learns prompts, in every way in which it fills them. */
export const methodCases: readonly MethodCase[] = [
  ["lamm", "lamm", {}],
  ["lamm, all tokens", "lamm", { tokens: "all" }],
  ["coop", "coop", {}],
  ["coop, words behind its context", "coop", { context: 1 }],
  ["coop, random context", "coop", { context: 5 }],
  ["coop, name in the middle", "coop", { classPosition: "middle" }],
  ["coop, name in the middle of a random context", "coop", { classPosition: "middle", context: 3 }],
  ["coop, name in front", "coop", { classPosition: "front", context: 1 }],
  ["coop, a context each", "coop", { classContext: true, context: 1 }],
  ["coop, a context each, name in the middle", "coop", { classContext: true, classPosition: "middle" }],
  ["coop, a context each, name in front", "coop", { classContext: true, classPosition: "front" }],
  ["cocoop", "cocoop", {}],
  ["cocoop, words behind its context", "cocoop", { context: 1 }],
  ["cocoop, random context", "cocoop", { contextInit: "random" }],
  ["maple", "maple", {}],
  ["maple, words behind its prompts", "maple", { context: 1 }],
  ["maple, first blocks alone", "maple", { depth: 1 }],
  ["coop+lamm", "coop+lamm", {}],
  ["coop+lamm, name in the middle, all tokens", "coop+lamm", { classPosition: "middle", tokens: "all" }],
  ["coop+lamm, a context each, name in front", "coop+lamm", { classContext: true, classPosition: "front" }],
  ["cocoop+lamm", "cocoop+lamm", {}],
  ["maple+lamm", "maple+lamm", { tokens: "all" }],
];

/** Those of {@link methodCases} with a method's defaults: one a method. */
export const defaultCases: readonly MethodCase[] = methodCases.filter(
  ([, method], index) => methodCases.findIndex(([, other]) => other === method) === index,
);
