import { DataError } from "../errors.ts";
import { formatShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkLabelledLogits } from "./labelled-logits.ts";
import { argMax, rowsOf } from "./metrics.ts";

/** A picture that may be filed under the wrong class. */
export interface SuspiciousLabel {
  /** Of the picture, in the order of the labels. */
  readonly index: number;
  /** The class that it has. */
  readonly label: number;
  /** The class that it seems to show. */
  readonly suggested: number;
  /** Of the suggested class, in [0, 1]. */
  readonly probability: number;
  /** Of the class that it has, in [0, 1]. */
  readonly labelProbability: number;
}

/**
 * Pictures that look mislabelled: the most probable class is another one, and at least as probable as that class is, on the
 * average, for the pictures that have it. A class that the classifier is never sure of thus needs less to be suggested, and
 * one that it is always sure of more. They are for a person to look at: pictures that are merely hard are among them.
 *
 * The paper counts by the most probable of the classes above their thresholds; here it has to be the most probable of all, so
 * that nothing is suggested which the classifier itself would not say.
 *
 * @param probabilities out-of-sample and calibrated, float32 `[N, C]`: a classifier that has learned the wrong label from the
 *   picture itself would agree with it
 * @param labels class of each picture, `[N]`
 * @returns by falling margin, `probability - labelProbability`
 * @throws {DataError} if they do not fit together, or a probability is not in [0, 1]
 * @see Northcutt, Jiang & Chuang 2021, Confident Learning: Estimating Uncertainty in Dataset Labels,
 *   https://arxiv.org/abs/1911.00068
 * @example
 * const suspects = suspiciousLabels({ probabilities: probabilitiesOf(outOfSample, temperature), labels });
 */
export function suspiciousLabels({
  probabilities,
  labels,
}: {
  readonly probabilities: Tensor<"float32">;
  readonly labels: readonly number[];
}): SuspiciousLabel[] {
  checkLabelledLogits("suspiciousLabels", { logits: probabilities, labels });
  checkProbabilities(probabilities);
  const rows = rowsOf(probabilities);
  const thresholds = meanSelfConfidence(rows, labels, probabilities.shape[1] ?? 0);
  const margin = ({ probability, labelProbability }: SuspiciousLabel) => probability - labelProbability;
  return rows
    .map((row, index): SuspiciousLabel => {
      const label = labels[index] ?? 0;
      const suggested = argMax(row);
      return { index, label, suggested, probability: row[suggested]!, labelProbability: row[label]! };
    })
    .filter(
      (one) =>
        // By more, not by another index: equal probabilities speak for no class.
        one.probability > one.labelProbability && one.probability >= (thresholds[one.suggested] ?? 1),
    )
    .sort((a, b) => margin(b) - margin(a) || a.index - b.index);
}

/** Mean probability of each class over the pictures that have it; NaN, which nothing reaches, for a class without any. */
function meanSelfConfidence(
  rows: readonly Float32Array[],
  labels: readonly number[],
  classes: number,
): number[] {
  const sums = new Array<number>(classes).fill(0);
  const counts = new Array<number>(classes).fill(0);
  labels.forEach((label, picture) => {
    sums[label]! += rows[picture]![label]!;
    counts[label]!++;
  });
  return sums.map((sum, label) => sum / counts[label]!);
}

function checkProbabilities({ data, shape }: Tensor<"float32">): void {
  const wrong = data.findIndex((probability) => probability < 0 || probability > 1 + 1e-6);
  if (wrong === -1) return;
  throw new DataError({
    where: `suspiciousLabels, picture ${Math.floor(wrong / (shape[1] ?? 1))} of ${formatShape(shape)}`,
    expected: "probabilities in [0, 1]",
    got: String(data[wrong]),
    fix: "Turn logits into probabilities with probabilitiesOf.",
  });
}
