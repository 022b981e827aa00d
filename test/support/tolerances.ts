/** How far a number may be from the expected one: `|a - e| <= atol + rtol |e|`. */
export interface Tolerance {
  /** Part of the expected number's size. */
  readonly rtol: number;
  /** Floor for numbers near zero. */
  readonly atol: number;
}

/** Half the distance over which central differences are taken, for inputs of about 1. */
export const DIFFERENCE_STEP = 1e-5;

/**
 * A gradient graph evaluated in float64 against central differences in float64. Differences leave about h^2 f''' = 1e-10 and
 * round off at 1e-16 / h = 1e-11; scalars of the graph are float32 (2/sqrt(pi), shares of a mean), which leaves 6e-8.
 */
export const CENTRAL_DIFFERENCES: Tolerance = { rtol: 3e-7, atol: 1e-8 };

/**
 * As {@link CENTRAL_DIFFERENCES} for several operators in a row, whose third derivatives multiply; relative to the largest
 * element of a gradient.
 */
export const CENTRAL_DIFFERENCES_OF_CHAINS: Tolerance = { rtol: 1e-5, atol: 1e-7 };

/**
 * One operator, or its gradient's few, in the engine's float32 against float64: sums of some ten terms below 1, each 6e-8 off,
 * and polynomial approximations of exp and erf that are 3e-7 off.
 */
export const FLOAT32_OPERATOR: Tolerance = { rtol: 3e-6, atol: 5e-7 };

/**
 * As {@link FLOAT32_OPERATOR} where terms of 10 or sums of hundreds cancel to numbers below 1; GPUs take the variance as
 * mean(x x) - mean(x)^2, which cancels most.
 */
export const FLOAT32_CANCELLATION: Tolerance = { rtol: 1e-5, atol: 5e-5 };

/** Several operators in a row in float32, where a difference of near equals loses digits; relative to the largest element. */
export const FLOAT32_CHAIN: Tolerance = { rtol: 1e-4, atol: 1e-5 };

/** Two ways to the same float64 number that may add in another order. */
export const SAME_ARITHMETIC: Tolerance = { rtol: 1e-12, atol: 1e-14 };
