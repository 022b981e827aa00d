import { DataError } from "../errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type Interval, wilsonInterval } from "./intervals.ts";

/** A class with the probability that a picture shows it. */
export interface Guess {
  /** Index of the class. */
  readonly label: number;
  /** In [0, 1]. */
  readonly probability: number;
}

/** Two classes that are taken for one another. */
export interface Confusion {
  readonly label: number;
  readonly predicted: number;
  /** Pictures of `label` taken for `predicted`. */
  readonly count: number;
}

/** How a classifier did on labelled pictures. */
export interface Evaluation {
  /** Share of pictures that were right, in [0, 1]. */
  readonly accuracy: number;
  /** 95 % interval of the accuracy, Wilson's: how much another draw of as many pictures may change it. */
  readonly interval: Interval;
  readonly correct: number;
  readonly total: number;
  /** Accuracy of each class in [0, 1], and its pictures; NaN where there are none. */
  readonly perClass: readonly { readonly accuracy: number; readonly total: number }[];
  /** Pictures by true class and predicted class. */
  readonly confusion: readonly (readonly number[])[];
}

/**
 * Rows of a matrix as views.
 *
 * @param matrix float32 `[N, C]`
 */
export function rowsOf({ data, shape }: Tensor<"float32">): Float32Array[] {
  const [count = 0, width = 0] = shape;
  return Array.from({ length: count }, (_, row) => data.subarray(row * width, (row + 1) * width));
}

/** Index of the largest number; the first of several. */
export function argMax(numbers: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < numbers.length; i++) if (numbers[i]! > numbers[best]!) best = i;
  return best;
}

/**
 * The classes with the largest logits, in falling order; of equal ones the lower index first. The order is that of the logits,
 * as small probabilities may round to one number; the softmax is computed in float64.
 *
 * @param logits of one picture, scaled cosines, `[C]`
 * @param count how many
 * @param options `temperature` divides the logits, as `fitTemperature` gives it, above 0; 1 if not given
 */
export function topGuesses(
  logits: ArrayLike<number>,
  count: number,
  { temperature = 1 }: { readonly temperature?: number } = {},
): Guess[] {
  const largest = logits[argMax(logits)] ?? 0;
  const weights = Array.from(logits, (logit) => Math.exp((logit - largest) / temperature));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights
    .map((weight, label) => ({ label, probability: weight / sum, logit: logits[label] as number }))
    .sort((a, b) => b.logit - a.logit || a.label - b.label)
    .slice(0, count)
    .map(({ label, probability }) => ({ label, probability }));
}

/**
 * Compares predictions with labels.
 *
 * @param predicted class of each picture
 * @param labels true class of each picture
 * @param classCount C
 * @throws {DataError} if there is not one prediction for each label, or one of them is not in [0, C)
 */
export function evaluatePredictions(
  predicted: readonly number[],
  labels: readonly number[],
  classCount: number,
): Evaluation {
  checkClasses(predicted, labels, classCount);
  const confusion = Array.from({ length: classCount }, () => new Array<number>(classCount).fill(0));
  labels.forEach((label, picture) => {
    const row = confusion[label] as number[];
    const guess = predicted[picture] as number;
    row[guess] = (row[guess] ?? 0) + 1;
  });
  const perClass = confusion.map((row, label) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return { accuracy: (row[label] ?? 0) / total, total };
  });
  const correct = confusion.reduce((sum, row, label) => sum + (row[label] ?? 0), 0);
  const total = labels.length;
  const interval = wilsonInterval({ correct, total });
  return { accuracy: correct / total, interval, correct, total, perClass, confusion };
}

function checkClasses(predicted: readonly number[], labels: readonly number[], classCount: number): void {
  if (predicted.length !== labels.length) {
    throw new DataError({
      where: "evaluatePredictions",
      expected: `${labels.length} predictions, one for each label`,
      got: `${predicted.length}`,
    });
  }
  for (const [what, classes] of Object.entries({ label: labels, prediction: predicted })) {
    const picture = classes.findIndex((c) => !(Number.isInteger(c) && c >= 0 && c < classCount));
    if (picture === -1) continue;
    throw new DataError({
      where: `evaluatePredictions, ${what} of picture ${picture}`,
      expected: `a class in [0, ${classCount})`,
      got: String(classes[picture]),
    });
  }
}

/** The pairs that were confused most, in falling order; of equal ones the lower classes first. */
export function mostConfused({ confusion }: Evaluation, count: number): Confusion[] {
  return confusion
    .flatMap((row, label) => row.map((count, predicted) => ({ label, predicted, count })))
    .filter(({ label, predicted, count }) => label !== predicted && count > 0)
    .sort((a, b) => b.count - a.count || a.label - b.label || a.predicted - b.predicted)
    .slice(0, count);
}
