import type { LabelledPicture } from "../data/image-folder.ts";
import { DataError } from "../errors.ts";
import { createRandom } from "../tensor/random.ts";
import type { Adapter } from "../training/adapter.ts";
import { calibrate } from "../training/calibrate.ts";
import {
  type CrossValidationOptions,
  checkHeldOutLogits,
  crossValidate,
  defaultFolds,
} from "../training/cross-validate.ts";
import { stratifiedFolds } from "../training/folds.ts";
import type { LabelledLogits } from "../training/labelled-logits.ts";

/** A picture whose label looks wrong. */
export interface SuspiciousPicture {
  readonly path: string;
  /** Class that it has, and that it seems to show. */
  readonly className: string;
  readonly suggested: string;
  /** Probability of the suggested class and of its own, in [0, 1]. */
  readonly probability: number;
  readonly labelProbability: number;
}

/** A calibrated adapter, and what its held-out predictions say of the pictures. */
export interface CalibratedAdapter {
  readonly adapter: Adapter;
  readonly suspicious: readonly SuspiciousPicture[];
}

/** How an adapter is calibrated. */
export interface CalibrateOptions extends Omit<CrossValidationOptions, "folds"> {
  /** 5, or as many as the smallest class has pictures, if not given. */
  readonly folds?: number | undefined;
  readonly pictures: readonly LabelledPicture[];
}

/**
 * Calibrates an adapter by cross-validation: its method is trained again on all folds but one, and judged on that one.
 *
 * @returns `undefined` where the signal stopped it
 * @throws {ConfigError} if the folds are not a whole number from 2, or there are more logits than memory can hold
 * @throws {DataError} if there are more folds than the smallest class has pictures, or a class has a single one
 */
export async function calibrateByFolds(
  adapter: Adapter,
  { folds, pictures, ...options }: CalibrateOptions,
): Promise<CalibratedAdapter | undefined> {
  const { data, config, classNames } = options;
  const { labels } = data;
  const count = calibrationFolds(labels, { folds, classNames, seed: config.seed });
  const logits = await crossValidate({ ...options, folds: count });
  return logits && calibrateOn(adapter, { logits, labels }, pictures);
}

/**
 * Number of folds that {@link calibrateByFolds} takes: to be asked for before a long training.
 *
 * @throws as that does
 */
export function calibrationFolds(
  labels: readonly number[],
  {
    folds = defaultFolds(labels),
    classNames,
    seed,
  }: {
    readonly folds?: number | undefined;
    readonly classNames: readonly string[];
    readonly seed: number;
  },
): number {
  if (defaultFolds(labels) < 2) {
    throw new DataError({
      where: "calibration",
      expected: "at least two pictures of each class, one of which is held out",
      got: "a class with one",
      fix: "Add pictures, or train without calibration.",
    });
  }
  checkHeldOutLogits({ pictures: labels.length, classes: classNames.length });
  // It refuses what cannot be divided.
  stratifiedFolds(labels, { folds, random: createRandom(seed), classNames });
  return folds;
}

/** Calibrates an adapter on held-out predictions that are there already. */
export function calibrateOn(
  adapter: Adapter,
  labelled: LabelledLogits,
  pictures: readonly LabelledPicture[],
): CalibratedAdapter {
  const { calibration, rejection, suspicious } = calibrate(labelled);
  const nameOf = (label: number) => adapter.classNames[label] ?? "";
  return {
    adapter: { ...adapter, calibration, ...(rejection && { rejection }) },
    suspicious: suspicious.map(({ index, label, suggested, probability, labelProbability }) => ({
      path: pictures[index]?.path ?? "",
      className: nameOf(label),
      suggested: nameOf(suggested),
      probability,
      labelProbability,
    })),
  };
}
