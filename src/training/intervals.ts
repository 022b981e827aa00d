import { DataError } from "../errors.ts";

/** Standard normal quantile of 0.975: two-sided 95 %. */
const Z = 1.959963984540054;

/** Where a number lies in 95 of 100 experiments. */
export interface Interval {
  readonly lower: number;
  readonly upper: number;
}

/** Two classifiers on the same pictures. */
export interface PairedDifference {
  /** Accuracy of the first less that of the second, in [-1, 1]; NaN without pictures. */
  readonly difference: number;
  /** 95 % interval of the difference, within [-1, 1]. */
  readonly interval: Interval;
  /** Pictures that the first alone had right, and the second alone. */
  readonly firstOnly: number;
  readonly secondOnly: number;
  /** McNemar's test with the mid-p correction, two-sided: chance of so unequal numbers for equally good classifiers. */
  readonly pValue: number;
  /** The same without the correction: never too small, and on the average too large. */
  readonly exactPValue: number;
}

/**
 * Wilson's score interval, 95 %, of an accuracy. Unlike the textbook interval it stays in [0, 1] and does not shrink to a point
 * where all pictures are right.
 *
 * @param correct pictures that were right
 * @param total pictures; of none nothing is known, [0, 1]
 * @throws {DataError} if these are not whole numbers with `0 <= correct <= total`
 * @see Wilson 1927, Probable Inference, the Law of Succession, and Statistical Inference; Brown, Cai & DasGupta 2001,
 *   Interval Estimation for a Binomial Proportion
 */
export function wilsonInterval({
  correct,
  total,
}: {
  readonly correct: number;
  readonly total: number;
}): Interval {
  if (!Number.isInteger(correct) || !Number.isInteger(total) || correct < 0 || correct > total) {
    throw new DataError({
      where: "wilsonInterval",
      expected: "whole numbers with 0 <= correct <= total",
      got: `${correct} of ${total}`,
    });
  }
  if (total === 0) return { lower: 0, upper: 1 };
  const share = correct / total;
  const squared = (Z * Z) / total;
  const centre = (share + squared / 2) / (1 + squared);
  const half = (Z / (1 + squared)) * Math.sqrt((share * (1 - share)) / total + squared / (4 * total));
  // At its ends the interval touches 0 and 1 exactly, up to rounding.
  return {
    lower: correct === 0 ? 0 : Math.max(centre - half, 0),
    upper: correct === total ? 1 : Math.min(centre + half, 1),
  };
}

/**
 * Compares two classifiers on the same pictures: only those count that one of them alone had right, which makes differences
 * visible that the intervals of two accuracies hide.
 *
 * The interval is Wald's with half a picture added to each of the four cells (both right, either, none); the p-values are
 * McNemar's, from the binomial distribution itself.
 *
 * @param first whether each picture was right, `[N]`
 * @param second the same of the other classifier, same pictures in the same order
 * @throws {DataError} if their lengths differ
 * @see Agresti & Min 2005, Simple Improved Confidence Intervals for Comparing Matched Proportions; Fagerland, Lydersen & Laake
 *   2013, The McNemar test for binary matched-pairs data: mid-p and asymptotic are better than exact conditional
 * @example
 * const right = (predicted: number[]) => predicted.map((guess, picture) => guess === labels[picture]);
 * const { difference, interval } = pairedDifference({ first: right(learned), second: right(zeroShot) });
 */
export function pairedDifference({
  first,
  second,
}: {
  readonly first: readonly boolean[];
  readonly second: readonly boolean[];
}): PairedDifference {
  if (first.length !== second.length) {
    const expected = `${first.length} pictures, as of the first classifier`;
    throw new DataError({ where: "pairedDifference", expected, got: `${second.length}` });
  }
  const firstOnly = first.filter((right, picture) => right && !second[picture]).length;
  const secondOnly = second.filter((right, picture) => right && !first[picture]).length;
  return {
    difference: (firstOnly - secondOnly) / first.length,
    interval: adjustedWald(firstOnly, secondOnly, first.length),
    firstOnly,
    secondOnly,
    ...mcNemar(firstOnly, secondOnly),
  };
}

/** Agresti and Min's interval; its centre is drawn towards 0. */
function adjustedWald(firstOnly: number, secondOnly: number, total: number): Interval {
  const count = total + 2;
  const gap = firstOnly - secondOnly;
  // Half a picture in both of these cells.
  const discordant = firstOnly + secondOnly + 1;
  const half = (Z * Math.sqrt(discordant - (gap * gap) / count)) / count;
  return { lower: Math.max(gap / count - half, -1), upper: Math.min(gap / count + half, 1) };
}

/** Two-sided tail of the binomial distribution with p = 1/2; mid-p counts what was observed half on each side. */
function mcNemar(firstOnly: number, secondOnly: number): { pValue: number; exactPValue: number } {
  const trials = firstOnly + secondOnly;
  const fewer = Math.min(firstOnly, secondOnly);
  // Logarithms: 2^-trials is 0 from 1075 trials on.
  let logProbability = -trials * Math.LN2;
  let tail = Math.exp(logProbability);
  for (let k = 1; k <= fewer; k++) {
    logProbability += Math.log((trials - k + 1) / k);
    tail += Math.exp(logProbability);
  }
  return {
    pValue: Math.min(2 * tail - Math.exp(logProbability), 1),
    exactPValue: Math.min(2 * tail, 1),
  };
}
