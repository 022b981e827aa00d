import type { Tensor } from "../tensor/tensor.ts";
import { confidenceOf } from "./calibration-error.ts";
import { checkLogits } from "./labelled-logits.ts";
import { argMax, rowsOf } from "./metrics.ts";
import { isUnknown, type Rejection } from "./rejection.ts";

/** What an evaluation keeps of the logits of pictures: a few numbers each, however many classes there are. */
export interface ScoreSummary {
  /** Class with the largest logit, of each picture. */
  readonly predicted: readonly number[];
  /** Probability of that class without a temperature, in [0, 1]. */
  readonly confidences: readonly number[];
  /** The same with the temperature; empty where there is none. */
  readonly calibratedConfidences: readonly number[];
  /** Pictures that are rejected. */
  readonly rejected: number;
}

/** A summary that grows. */
export interface GrowingSummary extends ScoreSummary {
  /**
   * Adds pictures.
   *
   * @param logits float32 `[n, C]`; they are not kept
   * @throws {DataError} if there are logits that are not finite
   */
  add(logits: Tensor<"float32">): void;
}

/**
 * Starts a summary of logits.
 *
 * @param options `temperature` of a calibrated adapter, and when it rejects pictures
 */
export function createScoreSummary({
  temperature,
  rejection,
}: {
  readonly temperature?: number | undefined;
  readonly rejection?: Rejection | undefined;
} = {}): GrowingSummary {
  const predicted: number[] = [];
  const confidences: number[] = [];
  const calibratedConfidences: number[] = [];
  let rejected = 0;
  return {
    predicted,
    confidences,
    calibratedConfidences,
    get rejected() {
      return rejected;
    },
    add(logits) {
      checkLogits("evaluation", logits);
      for (const row of rowsOf(logits)) {
        predicted.push(argMax(row));
        confidences.push(confidenceOf(row));
        if (temperature !== undefined) calibratedConfidences.push(confidenceOf(row, temperature));
        if (rejection !== undefined && isUnknown(row, rejection)) rejected += 1;
      }
    },
  };
}
