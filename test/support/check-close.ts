import { indexOf } from "./reference/array64.ts";
import type { Tolerance } from "./tolerances.ts";

/** Numbers with a shape: a tensor, or an array of the reference evaluator. */
export interface Numbers {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number | bigint>;
}

/**
 * Throws unless two tensors have one shape and close elements; not a number is close to nothing but itself. Without a test
 * framework, so that it runs in a page as well.
 *
 * @throws {Error} that gives the worst index and both values there
 */
export function checkClose(actual: Numbers, expected: Numbers, tolerance: Tolerance, what = "tensor"): void {
  if (String(actual.shape) !== String(expected.shape) || actual.data.length !== expected.data.length) {
    throw new Error(`${what}: expected shape [${expected.shape}], got [${actual.shape}]`);
  }
  let worst = 0;
  let worstExcess = 0;
  let misses = 0;
  for (let i = 0; i < expected.data.length; i++) {
    const excess = excessOf(Number(actual.data[i]), Number(expected.data[i]), tolerance);
    if (excess > 1) misses++;
    if (excess > worstExcess) {
      worst = i;
      worstExcess = excess;
    }
  }
  if (misses > 0) {
    throw new Error(
      `${what}: ${misses} of ${expected.data.length} elements differ, worst at [${indexOf(worst, expected.shape)}]: ` +
        `expected ${expected.data[worst]}, got ${actual.data[worst]}, ${worstExcess.toPrecision(3)} times the tolerance ` +
        `(rtol ${tolerance.rtol}, atol ${tolerance.atol})`,
    );
  }
}

/** As {@link checkClose}, with elements measured against the largest one: rounding inside a sum leaves that much anywhere. */
export function checkCloseToLargest(
  actual: Numbers,
  expected: Numbers,
  { rtol, atol }: Tolerance,
  what?: string,
): void {
  const largest = Array.from(expected.data, Number).reduce(
    (most, number) => Math.max(most, Math.abs(number)),
    0,
  );
  checkClose(actual, expected, { rtol: 0, atol: atol + rtol * largest }, what);
}

/** Deviation in units of what is allowed. */
function excessOf(actual: number, expected: number, { rtol, atol }: Tolerance): number {
  if (Object.is(actual, expected) || actual === expected) return 0;
  const deviation = Math.abs(actual - expected) / (atol + rtol * Math.abs(expected));
  return Number.isNaN(deviation) ? Number.POSITIVE_INFINITY : deviation;
}
