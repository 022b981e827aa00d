import { ConfigError } from "../../errors.ts";

/** Halvings of an angle in [0, pi / 2] until it is as exact as a float64 can be. */
const HALVINGS = 60;

/**
 * Quantile of Student's t distribution for a whole number of degrees of freedom.
 *
 * The distribution function is a finite sum of positive terms in the angle `theta = atan(t / sqrt(df))`, which is halved into
 * until it fits; `t = sqrt(df) tan(theta)`.
 *
 * @param probability that a value is at most the quantile, in (0, 1)
 * @param df degrees of freedom, a whole number from 1
 * @throws {ConfigError} if either is out of range
 * @see Abramowitz & Stegun 1964, Handbook of Mathematical Functions, 26.7.3 and 26.7.4
 * @example studentQuantile({ probability: 0.975, df: 10 }) // 2.228
 */
export function studentQuantile({
  probability,
  df,
}: {
  readonly probability: number;
  readonly df: number;
}): number {
  if (!(probability > 0 && probability < 1) || !Number.isSafeInteger(df) || df < 1) {
    throw new ConfigError({
      where: "studentQuantile",
      expected: "a probability in (0, 1) and a whole number of degrees of freedom from 1",
      got: `probability ${probability}, df ${df}`,
    });
  }
  if (probability === 0.5) return 0;
  const inside = Math.abs(2 * probability - 1);
  let [low, high] = [0, Math.PI / 2];
  for (let step = 0; step < HALVINGS; step++) {
    const middle = (low + high) / 2;
    if (shareWithin(middle, df) < inside) low = middle;
    else high = middle;
  }
  const quantile = Math.sqrt(df) * Math.tan((low + high) / 2);
  return probability > 0.5 ? quantile : -quantile;
}

/** Probability of `|T| < sqrt(df) tan(theta)`. */
function shareWithin(theta: number, df: number): number {
  const [sine, squared] = [Math.sin(theta), Math.cos(theta) ** 2];
  const isOdd = df % 2 === 1;
  // Odd: cos + 2/3 cos^3 + (2 4)/(3 5) cos^5 ...; even: 1 + 1/2 cos^2 + (1 3)/(2 4) cos^4 ...; up to the power df - 2.
  let term = isOdd ? Math.cos(theta) : 1;
  let sum = 0;
  for (let power = isOdd ? 1 : 0; power <= df - 2; power += 2) {
    sum += term;
    term *= ((power + 1) / (power + 2)) * squared;
  }
  return isOdd ? (2 / Math.PI) * (theta + sine * sum) : sine * sum;
}
