import type { EvaluateLoss } from "../../src/optim/lbfgs.ts";

/** A loss in float64 with its gradient rounded to float32. */
export function lossOf(
  f: (x: readonly number[]) => number,
  df: (x: readonly number[]) => number[],
): EvaluateLoss {
  return async (x) => ({ loss: f([...x]), gradient: Float32Array.from(df([...x])) });
}

/** `sum_i c_i (x_i - i)^2 / 2`. */
export function quadratic(curvatures: readonly number[]): EvaluateLoss {
  return lossOf(
    (x) => x.reduce((sum, value, i) => sum + ((curvatures[i] ?? 0) * (value - i) ** 2) / 2, 0),
    (x) => x.map((value, i) => (curvatures[i] ?? 0) * (value - i)),
  );
}

/** `(1 - x)^2 + 100 (y - x^2)^2`: a curved valley with its minimum at (1, 1). */
export const rosenbrock = lossOf(
  ([x = 0, y = 0]) => (1 - x) ** 2 + 100 * (y - x * x) ** 2,
  ([x = 0, y = 0]) => [-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)],
);
