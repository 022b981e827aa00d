import type { z } from "zod";
import type { Runtime } from "../runtime/runtime.ts";
import type { Random } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** The support set of a method that works on cached image features alone. */
export interface FeatureProblem {
  /** Normalised image features, one a picture (the mean of its views), float32 `[N, D]`. */
  readonly features: Tensor<"float32">;
  /** Class of each picture, `[N]`; every class has at least one. */
  readonly labels: readonly number[];
  /** C. */
  readonly classCount: number;
  /** Normalised text features of the classes, float32 `[C, D]`: zero-shot CLIP's or learned ones; absent where there are none. */
  readonly textFeatures?: Tensor<"float32">;
  /**
   * Logits of the pictures by text features that were learned without them, float64 `[N, C]`, where text features were learned from
   * these pictures: to choose {@link FeatureMethod.chosenOptions} by. By `textFeatures` themselves they look better than others will.
   */
  readonly heldOutLogits?: Tensor<"float64">;
  /** s = exp(logit_scale). */
  readonly logitScale: number;
  /** Runs products and gradients that are worth an engine. */
  readonly runtime: Runtime;
  /** Every random choice comes from it. */
  readonly random: Random;
}

/** What fitting gives: all that scoring needs besides the problem's text features. */
export interface FeatureFit {
  /** float32 by name; they go into the adapter file. */
  readonly tensors: Readonly<Record<string, Tensor<"float32">>>;
  /** Hyper-parameters that were given or chosen on the support set, by name. */
  readonly hyperparameters: Readonly<Record<string, number>>;
}

/** A fitted method, as an adapter file holds it. */
export interface FittedFeatures extends FeatureFit {
  /** As in {@link FeatureProblem}. */
  readonly textFeatures?: Tensor<"float32">;
  /** s = exp(logit_scale). */
  readonly logitScale: number;
}

/**
 * A way to classify by cached image features: what it fits to the support set, and how it scores. No gradient passes an
 * encoder, so files of features do as well as pictures. Training, files and command line know no method beyond this.
 */
export interface FeatureMethod<Options extends z.ZodObject = z.ZodObject> {
  readonly kind: "features";
  /** As on the command line and in adapter files. */
  readonly name: string;
  /** As in tables. */
  readonly title: string;
  /** A line of what it does, for help. */
  readonly description: string;
  /** Paper and address. */
  readonly source: string;
  /** Whether it is nothing without text features: fitting throws where there are none. Not given where it does without. */
  readonly needsText?: boolean;
  /**
   * Options that are chosen by {@link FeatureProblem.heldOutLogits} where they are not given; these take more trainings of what is
   * built on, so they are made only for these. None if not given.
   */
  readonly chosenOptions?: readonly string[];
  /** What it can be set to; every key has a default or is optional, and a description. */
  readonly options: Options;
  /**
   * Fits the support set; hyper-parameters that are not given are chosen on it alone, by leave-one-out or cross-validation.
   *
   * @throws {DataError} if the support set is too small for it
   */
  fit(problem: FeatureProblem, options: z.output<Options>): Promise<FeatureFit>;
  /**
   * What is left of a fit where a class is taken out of it: its tensors, those of the other classes as they were. Absent where a
   * class cannot be taken out, as all were fitted together.
   *
   * @param c index of the class
   */
  dropClass?(fit: FeatureFit, c: number): Readonly<Record<string, Tensor<"float32">>>;
  /**
   * Logits of pictures.
   *
   * @param features normalised, float32 `[N, D]`
   * @returns float32 `[N, C]`; their softmax are the probabilities
   */
  score(fitted: FittedFeatures, features: Tensor<"float32">): Tensor<"float32"> | Promise<Tensor<"float32">>;
}

/** A {@link FeatureMethod} whose options are checked against its own schema. */
export function defineFeatureMethod<Options extends z.ZodObject>(
  method: FeatureMethod<Options>,
): FeatureMethod<Options> {
  return method;
}
