import type { Adapter } from "../training/adapter.ts";
import { confidenceError } from "../training/calibration-error.ts";
import { type PairedDifference, pairedDifference } from "../training/intervals.ts";
import type { ScoreSummary } from "../training/score-summary.ts";

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
  /** What the adapter said, by its temperature and its rejection. */
  readonly summary: ScoreSummary;
  /** Class of each picture, `[N]`. */
  readonly labels: readonly number[];
  /** What zero-shot CLIP takes each picture for, `[N]`. */
  readonly zeroShotPredicted?: readonly number[] | undefined;
}

/** Measures what an evaluation leaves open. */
export function measureDoubts(
  { calibration, rejection }: Pick<Adapter, "calibration" | "rejection">,
  { summary, labels, zeroShotPredicted }: DoubtfulScores,
): Doubts {
  const { temperature } = calibration ?? {};
  const { predicted, confidences, calibratedConfidences, rejected } = summary;
  const isRight = compare(predicted, labels);
  return {
    calibration: {
      errorBefore: confidenceError({ confidences, isRight }),
      ...(temperature !== undefined && {
        errorAfter: confidenceError({ confidences: calibratedConfidences, isRight }),
        temperature,
      }),
    },
    ...(rejection && { rejected: rejected / labels.length }),
    ...(zeroShotPredicted && {
      versusZeroShot: pairedDifference({ first: isRight, second: compare(zeroShotPredicted, labels) }),
    }),
  };
}

function compare(predicted: readonly number[], labels: readonly number[]): boolean[] {
  return predicted.map((label, picture) => label === labels[picture]);
}
