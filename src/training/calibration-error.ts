import { ConfigError } from "../errors.ts";
import { checkLabelledLogits, type LabelledLogits } from "./labelled-logits.ts";
import { argMax, rowsOf } from "./metrics.ts";
import { checkTemperature, logSumExp } from "./softmax.ts";

/** Bins of Guo et al. */
const DEFAULT_BINS = 15;

/** How a {@link calibrationError} is measured. */
export interface CalibrationOptions {
  /** Intervals of equal width that confidences are sorted into; 15 unless given. */
  readonly bins?: number;
  /** t of `softmax(logits / t)`; 1 unless given. */
  readonly temperature?: number;
}

/**
 * Expected calibration error: how far confidence, the probability of the predicted class, is from accuracy. Pictures are
 * sorted into bins by confidence, `(i / bins, (i + 1) / bins]`, and the difference of the two means of each bin is averaged
 * over the pictures. With few pictures a bin's accuracy is uncertain and the error comes out too large: compare only errors
 * on the same pictures.
 *
 * @returns in [0, 1]
 * @throws {DataError} if logits and labels do not fit together
 * @throws {ConfigError} if there is not at least one bin, or the temperature is not above 0
 * @see Guo et al. 2017, On Calibration of Modern Neural Networks, equation 3, https://arxiv.org/abs/1706.04599
 */
export function calibrationError(
  labelled: LabelledLogits,
  { bins = DEFAULT_BINS, temperature = 1 }: CalibrationOptions = {},
): number {
  checkLabelledLogits("calibrationError", labelled);
  checkTemperature("calibrationError", temperature);
  const { logits, labels } = labelled;
  const rows = rowsOf(logits);
  return confidenceError(
    {
      confidences: rows.map((row) => confidenceOf(row, temperature)),
      isRight: rows.map((row, picture) => argMax(row) === labels[picture]),
    },
    bins,
  );
}

/** Probability of the predicted class, in float64, in [0, 1]. */
export function confidenceOf(logits: ArrayLike<number>, temperature = 1): number {
  const largest = logits[argMax(logits)] ?? Number.NaN;
  return Math.exp(largest / temperature - logSumExp(logits, temperature));
}

/** What a classifier said of pictures, without its logits. */
export interface Confidences {
  /** Of each picture, from {@link confidenceOf}. */
  readonly confidences: readonly number[];
  /** Whether each picture's prediction is right. */
  readonly isRight: readonly boolean[];
}

/**
 * {@link calibrationError} from what it depends on.
 *
 * @throws {ConfigError} if there is not at least one bin
 */
export function confidenceError({ confidences, isRight }: Confidences, bins = DEFAULT_BINS): number {
  if (!Number.isInteger(bins) || bins < 1) {
    const expected = "a whole number from 1";
    throw new ConfigError({ where: "calibrationError, bins", expected, got: String(bins) });
  }
  // Sum over the pictures of confidence less 1 for a right prediction: the bin's share of the error, times N.
  const excess = new Float64Array(bins);
  confidences.forEach((confidence, picture) => {
    const bin = Math.min(Math.max(Math.ceil(confidence * bins) - 1, 0), bins - 1);
    excess[bin]! += confidence - (isRight[picture] ? 1 : 0);
  });
  const error = excess.reduce((sum, difference) => sum + Math.abs(difference), 0) / confidences.length;
  // Of probabilities of 1 that are all wrong it may be one rounding above.
  return Math.min(error, 1);
}
