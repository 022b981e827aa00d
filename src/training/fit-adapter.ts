import { methods as allMethods, findMethod } from "../methods/methods.ts";
import { fitFeatures } from "./fit-features.ts";
import type { Fit, FitOptions } from "./fit-options.ts";
import { fitPrompts } from "./fit-prompts.ts";
import { subsetOf } from "./subset.ts";
import type { FeatureTrainConfig, PromptTrainConfig } from "./train-config.ts";

/**
 * Trains an adapter, on image features that were computed before or, for methods that prompt the image tower, on pixels.
 *
 * @returns the adapter, or `undefined` where the signal stopped the run; its checkpoint then says where to go on
 * @throws {ConfigError} if a class name does not fit the template, or the method not the model, or a setting not the schedule
 * @throws {DataError} if the pictures are too few for the method
 */
export async function fitAdapter(options: FitOptions): Promise<Fit | undefined> {
  const { config, methods = allMethods } = options;
  const method = findMethod(config.method, methods);
  return method.kind === "prompts"
    ? fitPrompts(method, config as PromptTrainConfig, options)
    : fitFeatures(method, config as FeatureTrainConfig, options, (base, pictures) =>
        fitAdapter({ ...(pictures ? onSome(options, pictures) : options), config: base }),
      );
}

/** The same on some of the pictures; the run's checkpoint is not theirs. */
function onSome({ checkpoints: _, ...options }: FitOptions, pictures: readonly number[]): FitOptions {
  return { ...options, data: subsetOf(options.data, pictures) };
}
