import type { LabelledPicture } from "../data/image-folder.ts";
import { ConfigError } from "../errors.ts";
import type { Method } from "../methods/method.ts";
import { methods as allMethods, findMethod } from "../methods/methods.ts";
import { createPrompts } from "../methods/prompts.ts";
import { readFloat32 } from "../tensor/node/read-tensor.ts";
import type { Adapter } from "../training/adapter.ts";
import { sharedParameters } from "../training/class-parameters.ts";
import { fitAdapter } from "../training/fit-adapter.ts";
import type { FitOptions } from "../training/fit-options.ts";
import { checkMethodRuns } from "../training/fit-prompts.ts";
import { createCheckpointFile } from "../training/node/checkpoint-file.ts";
import { resolveTrainConfig, type TrainConfig, type TrainConfigInput } from "../training/train-config.ts";
import type { EpochReport } from "../training/trainer.ts";
import { calibrateByFolds, calibrationFolds, type SuspiciousPicture } from "./calibrate-adapter.ts";
import { digestOf } from "./digest-of-adapter.ts";
import type { EncodeOptions, UnreadablePicture } from "./encode-pictures.ts";
import { openPictureSource } from "./open-picture-source.ts";
import { ownWords } from "./own-words.ts";
import type { PictureSource, SourceModel } from "./picture-source.ts";
import { prepareSupport } from "./prepare-support.ts";
import { runIdentity } from "./run-identity.ts";

/** How an adapter is trained, besides what {@link TrainConfigInput} says. */
export interface TrainOptions extends EncodeOptions {
  /** A template that is given goes before text features that a file brings; one that is left to its default does not. */
  readonly config?: TrainConfigInput;
  /** Methods to choose from; all that come with the library if not given. */
  readonly methods?: readonly Method[];
  /** File that keeps the run's state between epochs, so that a stopped run can go on; none if not given. */
  readonly checkpoint?: string;
  readonly onEpoch?: (report: EpochReport) => void;
  /** An adapter of the same method, whose parameters shared by all classes training goes on from; anew if not given. */
  readonly startFrom?: Adapter;
  /** Calibrates the adapter by cross-validation, see {@link calibrateByFolds}: `true`, or the number of folds. Off if not given. */
  readonly calibrate?: boolean | number;
  /** Called after each fold of the calibration. */
  readonly onFold?: (done: number, folds: number) => void;
}

/** A trained adapter and what went into it. */
export interface TrainResult {
  readonly adapter: Adapter;
  /** Pictures that were learned from. */
  readonly pictures: readonly LabelledPicture[];
  readonly unreadable: readonly UnreadablePicture[];
  /** Passes of the text tower, forward and back over all classes, those of calibration left out. */
  readonly passes: number;
  /** Pictures whose label looks wrong; absent without calibration. */
  readonly suspicious?: readonly SuspiciousPicture[];
  /** Removes the run's checkpoint; to be called once the adapter is safe. */
  clearCheckpoint(): void;
}

/**
 * Trains an adapter on a folder with one sub-folder of pictures a class (its `train` part, where it has one), or on a file of
 * features.
 *
 * @param model of a file of features the one that they are from, or a runtime alone
 * @returns `undefined` where the signal stopped it
 * @throws {ConfigError} if the configuration is wrong, or a template is given for features without a model
 * @throws {DataError} if the folder is, or a class has no readable picture
 * @example
 * const result = await trainOnFolder(model, "photos", { config: { shots: 16, seed: 1 } });
 */
export async function trainOnFolder(
  model: SourceModel,
  path: string,
  options: TrainOptions = {},
): Promise<TrainResult | undefined> {
  return trainOnSource(openPictureSource(model, path), options);
}

/** As {@link trainOnFolder}, on pictures that are open already. */
export async function trainOnSource(
  source: PictureSource,
  options: TrainOptions = {},
): Promise<TrainResult | undefined> {
  const { methods = allMethods, signal, checkpoint, onEpoch, onNotice } = options;
  const config = resolveTrainConfig(options.config ?? {}, methods);
  const sourceOptions = fitOptionsOf(source, options.config?.template);
  checkBeforeEncoding(source, config, methods);
  const support = await prepareSupport(source, config, { ...options, methods });
  if (support === undefined) return undefined;
  const { pictures, data, unreadable } = support;
  const { calibrate = false, onFold, startFrom } = options;
  // Before training, at the end of which it would be too late to refuse.
  const folds =
    calibrate === false
      ? undefined
      : calibrationFolds(data.labels, {
          folds: calibrate === true ? undefined : calibrate,
          classNames: source.classNames,
          seed: config.seed,
        });
  const checkpoints = checkpoint === undefined ? undefined : openCheckpoint(checkpoint);
  function openCheckpoint(path: string) {
    const base = startFrom && { base: digestOf(startFrom) };
    return createCheckpointFile(path, runIdentity({ source, config, data, ...base }), onNotice);
  }
  const fitting = {
    ...{ ...sourceOptions, methods, data, config },
    ...(signal && { signal }),
    ...(startFrom && { initialParameters: sharedParameters(startFrom) }),
  };
  const fit = await fitAdapter({
    ...fitting,
    ...(checkpoints && { checkpoints }),
    ...(onEpoch && { onEpoch }),
  });
  if (fit === undefined) return undefined;
  const result = { ...fit, pictures, unreadable, clearCheckpoint: () => checkpoints?.clear() };
  if (folds === undefined) return result;
  const calibrated = await calibrateByFolds(fit.adapter, {
    ...{ ...fitting, folds, pictures },
    ...(onFold && { onFold }),
  });
  return calibrated && { ...result, ...calibrated };
}

/**
 * What fitting takes from a source of pictures.
 *
 * @param template as it was given, see {@link ownWords}
 * @throws {ConfigError} if there is one and no model to encode it
 */
export function fitOptionsOf(
  source: PictureSource,
  template: string | undefined,
): Pick<FitOptions, "runtime" | "clip" | "baseModel" | "classNames" | "textFeatures" | "readFloat32"> {
  const { runtime, clip, baseModel, classNames } = source;
  const textFeatures = ownWords(source, template);
  return {
    runtime,
    ...(clip && { clip }),
    baseModel,
    classNames,
    ...(textFeatures && { textFeatures }),
    readFloat32,
  };
}

/**
 * Names, template and method take no time to check, and pictures may take minutes to encode.
 *
 * @throws {ConfigError} if a class name does not fit the template, or the method not the model
 */
export function checkBeforeEncoding(
  { clip, classNames, textFeatures, path }: PictureSource,
  config: TrainConfig,
  methods: readonly Method[] = allMethods,
): void {
  if (clip !== undefined) createPrompts(clip.tokenizer, classNames, config.template);
  const method = findMethod(config.method, methods);
  if (method.kind === "prompts") checkMethodRuns(method, config, { clip, classNames, readFloat32 });
  else if (method.needsText && clip === undefined && textFeatures === undefined) {
    throw new ConfigError({
      where: path,
      expected: `text features, without which "${method.name}" is nothing`,
      got: "neither some in the file nor a model",
      fix: "Name the model that the features are from.",
    });
  }
}
