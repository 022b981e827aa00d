import type { z } from "zod";
import type { ClipConfig } from "../clip/config.ts";
import type { PromptEmbeddings } from "../clip/prompt-embeddings.ts";
import type { GraphBuilder } from "../graph/builder.ts";
import type { Value } from "../graph/node.ts";
import type { Random } from "../tensor/random.ts";
import type { Shape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { FeatureMethod } from "./feature-method.ts";
import type { HierarchicalLossWeights } from "./hierarchical-loss.ts";
import type { PromptFilling } from "./prompt-filling.ts";
import type { PromptSet } from "./prompts.ts";

/** Something that training moves. */
export interface TrainedParameter {
  /** Name in adapter files and checkpoints. */
  readonly name: string;
  /** Where training starts; float32 `[rows, W]` where prompts read its rows, else of any shape. */
  readonly initial: Tensor<"float32">;
  /** Shape of the same elements in an adapter file. */
  readonly fileShape: Shape;
  /** The rows that only one class reads, for each class, in the order of its prompt; absent where all classes read all rows. */
  readonly rowsOfClass?: readonly (readonly number[])[];
  /** What the hierarchical loss's part WC holds it to, of the shape of `initial`; absent where it is free. */
  readonly anchor?: Tensor<"float32">;
}

/** Values of a graph by name: those of the parameters, or sources of prompts. */
export type Values = Readonly<Record<string, Value>>;

/** What a method makes of its parameters besides rows of prompts. */
export interface DerivedPrompts {
  /** Further sources of the prefix, each float32 `[rows, W]`, or `[G, rows, W]` where they depend on the picture. */
  readonly sources?: Values;
  /** Prompts `[N, W]` for the text tower's blocks behind the first, see `TextInput.deepPrompts`. */
  readonly deepPrompts?: readonly Value[];
  /** Prompts `[N, width]` for the image tower, see `encodeVit`; none unless `promptsImageTower` is set. */
  readonly imagePrompts?: readonly Value[];
}

/**
 * What the hierarchical loss calls the original prompts: the learned ones with some parameters back at given values, where the
 * others stay as they are, or prompts of their own, of frozen tokens alone.
 */
export type OriginalPrompts =
  | { readonly values: Readonly<Record<string, Tensor<"float32">>> }
  | { readonly filling: PromptFilling };

/**
 * A prompt method set up for some classes: what it trains, and how that fills the prompts. The training loop, the chunks, the
 * files and the command line know no method beyond this.
 */
export interface PromptMethod {
  /** As on the command line and in adapter files. */
  readonly name: string;
  readonly classCount: number;
  readonly embeddings: PromptEmbeddings;
  readonly parameters: readonly TrainedParameter[];
  readonly prompts: PromptFilling;
  readonly original: OriginalPrompts;
  /** Whether the prefix depends on the picture: then there are text features for each. */
  readonly readsImageFeatures?: boolean;
  /** Whether the image tower is prompted too, as in the definition: then steps need pixels, and no feature can be kept. */
  readonly promptsImageTower?: boolean;
  /**
   * Adds what the method derives from its parameters.
   *
   * @param parameters by name, of the shape of `initial`
   * @param imageFeatures normalised, float32 `[G, D]`; given where `readsImageFeatures` is set
   */
  derive?(g: GraphBuilder, parameters: Values, imageFeatures: Value | undefined): DerivedPrompts;
}

/** What a prompt method is set up with. */
export interface PromptProblem {
  readonly config: ClipConfig;
  /** The template filled with the class names. */
  readonly prompts: PromptSet;
  /** Learned tokens of each class, where they are there already; as the method's options say if not given. */
  readonly tokenCounts?: readonly number[] | undefined;
  readonly embeddings: PromptEmbeddings;
  /** Every random choice comes from it. */
  readonly random: Random;
}

/** How a method was trained where it was published. */
export interface PublishedSettings {
  readonly epochs: number | ((shots: number) => number);
  /** Pictures a step. */
  readonly batchSize: number;
  /** At the top of the cosine, per step. */
  readonly learningRate: number;
}

/** A way to adapt CLIP by learned prompts. */
export interface PromptMethodDefinition<Options extends z.ZodObject = z.ZodObject> {
  readonly kind: "prompts";
  /** As on the command line and in adapter files. */
  readonly name: string;
  /** As in tables. */
  readonly title: string;
  /** A line of what it does, for help. */
  readonly description: string;
  /** Paper and address. */
  readonly source: string;
  /** What it can be set to; every key has a default or is optional, and a description. */
  readonly options: Options;
  readonly published: PublishedSettings;
  /** Schedules that it can be trained by, its default first. */
  readonly schedules: readonly ("fast" | "published")[];
  /** Weights of the hierarchical loss that go with K shots where none are given. */
  lossWeights(shots: number): HierarchicalLossWeights;
  /** Whether its prompts depend on the picture, so that there is no one text feature of a class. */
  readonly readsImageFeatures?: boolean;
  /** Whether it trains through the image tower, so that it needs pictures, not features. */
  readonly promptsImageTower?: boolean;
  /** Why it cannot run on a model; `undefined` where it can. */
  unsupported?(config: ClipConfig): string | undefined;
  /**
   * Sets it up for some classes.
   *
   * @throws {ConfigError} if an option does not fit the prompts or the model
   */
  create(problem: PromptProblem, options: z.output<Options>): PromptMethod;
}

/** A {@link PromptMethodDefinition} whose options are checked against its own schema. */
export function definePromptMethod<Options extends z.ZodObject>(
  definition: PromptMethodDefinition<Options>,
): PromptMethodDefinition<Options> {
  return definition;
}

/** Any method: it learns prompts, or works on cached features. */
export type Method = PromptMethodDefinition | FeatureMethod;
