import { DataError } from "../../src/errors.ts";

/**
 * Largest absolute difference of two lists of numbers.
 *
 * @returns not a number where one of them is not
 * @throws {DataError} if their lengths differ
 */
export function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) {
    throw new DataError({
      where: "comparison",
      expected: `${actual.length} reference values`,
      got: `${expected.length}`,
    });
  }
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    // Unlike a comparison, Math.max lets a value that is not a number through to the result.
    largest = Math.max(largest, Math.abs((actual[i] ?? Number.NaN) - (expected[i] ?? Number.NaN)));
  }
  return largest;
}

/** Largest magnitude in a list of numbers. */
export function largestMagnitude(values: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i] ?? 0));
  return largest;
}

/** Largest absolute difference as a share of the largest expected magnitude; absolute where that is 0. */
export function relativeDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  return largestDifference(actual, expected) / (largestMagnitude(expected) || 1);
}
