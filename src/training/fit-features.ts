import { zeroShotFeatures } from "../clip/zero-shot.ts";
import { ConfigError } from "../errors.ts";
import type { FeatureMethod, FeatureProblem } from "../methods/feature-method.ts";
import { normalizeFeatures } from "../tensor/normalize-features.ts";
import { createRandom } from "../tensor/random.ts";
import { createTensor, type Tensor } from "../tensor/tensor.ts";
import type { Adapter } from "./adapter.ts";
import type { FeatureSet } from "./feature-set.ts";
import type { Fit, FitOptions } from "./fit-options.ts";
import { heldOutBaseLogits, type Refit } from "./held-out-base-logits.ts";
import {
  type FeatureTrainConfig,
  methodLabel,
  methodOptions,
  resolveTrainConfig,
  type TrainConfig,
  WORDS,
} from "./train-config.ts";

/** s where no model says it: that of OpenAI's models. */
export const DEFAULT_LOGIT_SCALE = 100;

/** What a method on features builds on. */
interface Base {
  readonly textFeatures?: Tensor<"float32">;
  readonly originalTextFeatures?: Tensor<"float32">;
  readonly passes: number;
  /** Trains what was trained on the pictures again; absent for words. */
  readonly refit?: Refit | undefined;
}

/** Trains the method whose text features another one builds on, on some of the pictures or on all. */
type FitBase = (config: TrainConfig, pictures?: readonly number[]) => Promise<Fit | undefined>;

/** Fits a method on features; see `fitAdapter`. */
export async function fitFeatures(
  method: FeatureMethod,
  config: FeatureTrainConfig,
  options: FitOptions,
  fitBase: FitBase,
): Promise<Fit | undefined> {
  const { data, runtime, classNames, clip } = options;
  if ("crops" in data) {
    throw new ConfigError({ where: `method "${method.name}"`, expected: "image features", got: "pixels" });
  }
  const base = await baseOf(config, options, fitBase);
  if (base === undefined) return undefined;
  const { textFeatures, originalTextFeatures } = base;
  const logitScale = clip === undefined ? DEFAULT_LOGIT_SCALE : Math.exp(clip.weights.logitScale);
  const problem: FeatureProblem = {
    features: meanViews(data),
    labels: data.labels,
    classCount: classNames.length,
    ...(textFeatures && { textFeatures }),
    logitScale,
    runtime,
    random: createRandom(config.seed),
  };
  const heldOut = await withHeldOut(problem, method, { config, refit: base.refit });
  if (heldOut === undefined) return undefined;
  const { tensors, hyperparameters } = await method.fit(heldOut.problem, methodOptions(method, config));
  const adapter: Adapter = {
    method: methodLabel(config),
    baseModel: options.baseModel,
    classNames,
    template: config.template,
    logitScale,
    config,
    hyperparameters,
    ...(textFeatures && { textFeatures }),
    ...(originalTextFeatures && { originalTextFeatures }),
    parameters: tensors,
  };
  return { adapter, passes: base.passes + heldOut.passes };
}

/**
 * The problem with logits by a base that has not seen the pictures, where one was trained on them and something is chosen by them.
 *
 * @returns `undefined` where the signal stopped it
 */
async function withHeldOut(
  problem: FeatureProblem,
  { chosenOptions = [] }: FeatureMethod,
  { config, refit }: { readonly config: FeatureTrainConfig } & Pick<Base, "refit">,
): Promise<{ readonly problem: FeatureProblem; readonly passes: number } | undefined> {
  const isChosen = chosenOptions.some((name) => config[name] === undefined);
  if (refit === undefined || !isChosen) return { problem, passes: 0 };
  const found = await heldOutBaseLogits(problem, { seed: config.seed, refit });
  return found && { problem: { ...problem, heldOutLogits: found.logits }, passes: found.passes };
}

/** Text features of the words or of the method that is named; none where there are neither features nor a model. */
async function baseOf(
  { on, seed, template }: FeatureTrainConfig,
  options: FitOptions,
  fitBase: FitBase,
): Promise<Base | undefined> {
  const { clip, runtime, classNames, readFloat32, textFeatures, methods } = options;
  if (on === WORDS) {
    const words =
      textFeatures ??
      (clip && (await zeroShotFeatures(runtime, clip, { classNames, templates: [template], readFloat32 })));
    return { ...(words && { textFeatures: words, originalTextFeatures: words }), passes: 0 };
  }
  const config = resolveTrainConfig({ method: on, seed, template }, methods);
  const fit = await fitBase(config);
  if (fit === undefined) return undefined;
  const { textFeatures: learned, originalTextFeatures } = fit.adapter;
  return {
    ...(learned && { textFeatures: learned }),
    ...(originalTextFeatures && { originalTextFeatures }),
    passes: fit.passes,
    refit: (pictures) => fitBase(config, pictures),
  };
}

/** One feature a picture, `[N, D]`: the normalised mean of its views. */
export function meanViews({ features }: FeatureSet): Tensor<"float32"> {
  const [count = 0, views = 1, width = 0] = features.shape;
  if (views === 1) return createTensor("float32", [count, width], features.data);
  const mean = new Float32Array(count * width);
  for (let i = 0; i < features.data.length; i++) {
    const picture = Math.floor(i / (views * width));
    const at = picture * width + (i % width);
    mean[at] = mean[at]! + features.data[i]! / views;
  }
  return normalizeFeatures(createTensor("float32", [count, width], mean));
}
