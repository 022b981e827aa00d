import { calibrationError } from "./calibration-error.ts";
import type { LabelledLogits } from "./labelled-logits.ts";
import { leaveClassOut } from "./leave-class-out.ts";
import { fitRejection, type Rejection } from "./rejection.ts";
import { probabilitiesOf } from "./softmax.ts";
import { type SuspiciousLabel, suspiciousLabels } from "./suspicious-labels.ts";
import { fitTemperature } from "./temperature.ts";

/** What makes an adapter's probabilities honest. */
export interface Calibration {
  /** The logits are divided by it. */
  readonly temperature: number;
  /** Expected calibration error of the support set's held-out predictions without and with it, in [0, 1]. */
  readonly errorBefore: number;
  readonly errorAfter: number;
}

/** When an adapter takes a picture for none of its classes, and how well that would work. */
export interface AdapterRejection extends Rejection {
  /** Estimated by leaving classes out: how well unknown pictures are told apart, in [0, 1], where 0.5 is guessing. */
  readonly areaUnderRoc: number;
  /** Share of unknown pictures that would be rejected, in [0, 1], by the same estimate. */
  readonly unknownRejected: number;
}

/** What held-out predictions say of a classifier and of its pictures. */
export interface CalibrationResult {
  readonly calibration: Calibration;
  /** Absent where there are too few classes to leave one out. */
  readonly rejection?: AdapterRejection;
  /** Pictures whose label looks wrong. */
  readonly suspicious: readonly SuspiciousLabel[];
}

/** Fewest classes of which one can be left out and a choice is left. */
export const MIN_CLASSES_TO_LEAVE_OUT = 3;

/**
 * Fits temperature and rejection to a support set, and lists its pictures that look mislabelled.
 *
 * @param labelled logits of each picture by what was trained without it, see `crossValidate`
 */
export function calibrate(labelled: LabelledLogits): CalibrationResult {
  const temperature = fitTemperature(labelled);
  const { logits, labels } = labelled;
  const rejection = fitRejection({ logits });
  const suspicious = suspiciousLabels({ probabilities: probabilitiesOf(logits, temperature), labels });
  const calibration = {
    temperature,
    errorBefore: calibrationError(labelled),
    errorAfter: calibrationError(labelled, { temperature }),
  };
  if ((logits.shape[1] ?? 0) < MIN_CLASSES_TO_LEAVE_OUT) return { calibration, suspicious };
  return { calibration, rejection: { ...rejection, ...leaveClassOut(labelled, rejection) }, suspicious };
}
