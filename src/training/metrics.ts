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

/** Pictures of a class that are taken for another, or for what they are. */
export interface Confusion {
  readonly label: number;
  readonly predicted: number;
  /** Pictures of `label` taken for `predicted`, at least 1. */
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
  /**
   * Pictures by true class and predicted class, in this order; the right ones too, where the two are one. Not a matrix: with
   * 21,000 classes all but one in 10,000 of its cells would be 0.
   */
  readonly confusion: readonly Confusion[];
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
  const weightOf = (label: number) => Math.exp((logits[label]! - largest) / temperature);
  let sum = 0;
  for (let label = 0; label < logits.length; label++) sum += weightOf(label);
  return largestOf(logits, count).map((label) => ({ label, probability: weightOf(label) / sum }));
}

/** Indices of the largest numbers, in falling order, of equal ones the lower first: few of many, which sorting all would not be. */
function largestOf(numbers: ArrayLike<number>, count: number): number[] {
  const found: number[] = [];
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i]!;
    if (found.length >= count && !(number > numbers[found.at(-1) ?? 0]!)) continue;
    let place = found.length;
    while (place > 0 && number > numbers[found[place - 1]!]!) place--;
    found.splice(place, 0, i);
    if (found.length > count) found.pop();
  }
  return found;
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
  const totals = new Array<number>(classCount).fill(0);
  const rights = new Array<number>(classCount).fill(0);
  labels.forEach((label, picture) => {
    totals[label] = (totals[label] ?? 0) + 1;
    if (predicted[picture] === label) rights[label] = (rights[label] ?? 0) + 1;
  });
  const perClass = totals.map((total, label) => ({ accuracy: (rights[label] ?? 0) / total, total }));
  const correct = rights.reduce((sum, count) => sum + count, 0);
  const confusion = countPairs(predicted, labels, classCount);
  const total = labels.length;
  const interval = wilsonInterval({ correct, total });
  return { accuracy: correct / total, interval, correct, total, perClass, confusion };
}

function countPairs(
  predicted: readonly number[],
  labels: readonly number[],
  classCount: number,
): Confusion[] {
  const counts = new Map<number, number>();
  labels.forEach((label, picture) => {
    const pair = label * classCount + (predicted[picture] ?? 0);
    counts.set(pair, (counts.get(pair) ?? 0) + 1);
  });
  return [...counts]
    .sort(([a], [b]) => a - b)
    .map(([pair, count]) => ({ label: Math.floor(pair / classCount), predicted: pair % classCount, count }));
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
    .filter(({ label, predicted }) => label !== predicted)
    .sort((a, b) => b.count - a.count || a.label - b.label || a.predicted - b.predicted)
    .slice(0, count);
}
