import { clipShapes } from "../scripts/random-checkpoint/clip-shapes.ts";
import type { ClipConfig } from "../src/clip/config.ts";
import type { PromptTaskSizes } from "./prompt-task.ts";

/** A step of a method other than LAMM. */
export interface MethodStep extends Omit<PromptTaskSizes, "nameLengths"> {
  /** Whether the method prompts the text tower alone, or both. */
  readonly towers: "text" | "both";
}

/** What a bench measures. */
export interface BenchSettings {
  /** The model whose text tower LAMM trains through. */
  readonly text: ClipConfig;
  /** The model of which methods prompt both towers. */
  readonly both: ClipConfig;
  /** Further methods whose steps are measured, against the plain text tower too. */
  readonly otherMethods: readonly MethodStep[];
  /** The models whose image towers are measured, by name. */
  readonly images: Readonly<Record<string, ClipConfig>>;
  /** The models that are pre-trained, by name. */
  readonly pretrained: Readonly<Record<string, ClipConfig>>;
  /** Pictures a step of pre-training. */
  readonly pretrainBatchSize: number;
  /** C, in rising order; linearity is that from the last but one to the last. */
  readonly classCounts: readonly number[];
  /** Lengths of class names, dealt to the classes in turn, by name. */
  readonly nameLengths: Readonly<Record<string, readonly number[]>>;
  /** C of the comparison with the plain text tower. */
  readonly plainClasses: number;
  /** B, pictures a step. */
  readonly batchSize: number;
  /** Steps of the largest class count that are timed; fewer classes are timed more often. */
  readonly rounds: number;
}

/** Tokens in the trimmed vocabulary: a prompt's embeddings are read row by row, so their number does not matter. */
const VOCABULARY = 1024;

const { "vit-b-16": b16, "vit-b-32": b32, "tiny-vit": tiny } = clipShapes;
/** Towers that a measurement does not use are tiny. */
const textOfB16: ClipConfig = {
  ...b16,
  image: tiny.image,
  text: { ...b16.text, vocabularySize: VOCABULARY },
};

/** The shape of the embedded model, and the same with four times as many patches. */
const pretrainedShape = (patchSize: number): ClipConfig => {
  const tower = { activation: "quick_gelu", layerNormEps: 1e-5, width: 192, heads: 3 } as const;
  return {
    ...tiny,
    text: { ...tower, layers: 4, vocabularySize: 4096, contextLength: 77 },
    image: { ...tower, kind: "vit", layers: 6, imageSize: 64, patchSize },
    jointWidth: 192,
  };
};

/** ViT-B/16's text tower at 10, 100 and 1,000 classes, other methods' steps, and the image towers of ViT-B/32 and ViT-B/16. */
export const fullBench: BenchSettings = {
  text: textOfB16,
  both: { ...b16, text: textOfB16.text },
  otherMethods: [
    { method: "coop", towers: "text", options: { context: 4 }, classes: 100, batchSize: 32 },
    { method: "cocoop", towers: "text", options: { context: 4 }, classes: 100, batchSize: 1 },
    { method: "maple", towers: "both", options: { context: 2, depth: 9 }, classes: 20, batchSize: 4 },
  ],
  images: { "vit-b-32": { ...b32, text: tiny.text }, "vit-b-16": { ...b16, text: tiny.text } },
  pretrained: { "patch-16": pretrainedShape(16), "patch-8": pretrainedShape(8) },
  pretrainBatchSize: 256,
  classCounts: [10, 100, 1000],
  nameLengths: { "names-1": [1], "names-1-4": [1, 2, 3, 4] },
  plainClasses: 100,
  batchSize: 32,
  rounds: 5,
};

/** A first impression in a minute or two: the same sizes without 1,000 classes, and fewer rounds. */
export const quickBench: BenchSettings = { ...fullBench, classCounts: [10, 100], rounds: 1 };
