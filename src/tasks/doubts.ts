import type { Tensor } from "../tensor/tensor.ts";
import type { Adapter } from "../training/adapter.ts";
import { calibrationError } from "../training/calibration-error.ts";
import { type PairedDifference, pairedDifference } from "../training/intervals.ts";
import { argMax, rowsOf } from "../training/metrics.ts";
import { isUnknown } from "../training/rejection.ts";

/** How far an adapter's probabilities are from how often it is right, on test pictures. */
export interface TestCalibration {
  /** Expected calibration error of the probabilities without a temperature, in [0, 1]. */
  readonly errorBefore: number;
  /** The same with the adapter's temperature; absent where it is not calibrated. */
  readonly errorAfter?: number;
  /** That temperature. */
  readonly temperature?: number;
}

/** How far the numbers of an evaluation can be trusted. */
export interface Doubts {
  readonly calibration: TestCalibration;
  /** Share of the test pictures, all of known classes, that the adapter would reject, in [0, 1]; absent where it has no threshold. */
  readonly rejected?: number;
  /** Accuracy of the adapter less that of zero-shot CLIP on the same pictures; absent without words. */
  readonly versusZeroShot?: PairedDifference;
}

/** Test pictures, and what two classifiers said of them. */
export interface DoubtfulScores {
  /** The adapter's, float32 `[N, C]`. */
  readonly logits: Tensor<"float32">;
  /** Class of each picture, `[N]`. */
  readonly labels: readonly number[];
  /** Those of zero-shot CLIP, of any scale, float32 `[N, C]`. */
  readonly zeroShotLogits?: Tensor<"float32"> | undefined;
}

/**
 * Measures what an evaluation leaves open.
 *
 * @throws {DataError} if logits and labels do not fit together
 */
export function measureDoubts(
  { calibration, rejection }: Pick<Adapter, "calibration" | "rejection">,
  { logits, labels, zeroShotLogits }: DoubtfulScores,
): Doubts {
  const { temperature } = calibration ?? {};
  const labelled = { logits, labels };
  const isRight = (row: Float32Array, picture: number) => argMax(row) === labels[picture];
  const rejected = rejection && rowsOf(logits).filter((row) => isUnknown(row, rejection)).length;
  return {
    calibration: {
      errorBefore: calibrationError(labelled),
      ...(temperature !== undefined && {
        errorAfter: calibrationError(labelled, { temperature }),
        temperature,
      }),
    },
    ...(rejected !== undefined && { rejected: rejected / labels.length }),
    ...(zeroShotLogits && {
      versusZeroShot: pairedDifference({
        first: rowsOf(logits).map(isRight),
        second: rowsOf(zeroShotLogits).map(isRight),
      }),
    }),
  };
}
