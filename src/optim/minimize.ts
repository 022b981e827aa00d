import { checkOption } from "./check-option.ts";
import type { EvaluateLoss, Lbfgs, LbfgsPoint } from "./lbfgs.ts";
import { norm } from "./vectors.ts";

/** How far a minimisation has got. */
export interface IterationReport {
  /** Steps that moved the point. */
  readonly iteration: number;
  readonly evaluations: number;
  readonly loss: number;
  /** 2-norm. */
  readonly gradientNorm: number;
  /** The point, not to be changed. */
  readonly x: Float32Array;
}

/** When a minimisation ends. */
export interface MinimizeOptions {
  /** Most evaluations of all, those before a resume included. */
  readonly maxEvaluations: number;
  /** Ends where the gradient's 2-norm is at most this; 0 if not given. */
  readonly gradientTolerance?: number;
  /** Ends where a step lowered the loss by at most this share of the larger of 1 and the loss; 0 if not given. */
  readonly lossTolerance?: number;
  /** Called after each step that moved the point; `false` ends the minimisation there. */
  readonly onIteration?: (report: IterationReport) => unknown;
}

/**
 * Why a minimisation ended: the gradient or the decrease of the loss was within its tolerance, float32 cannot tell lower points
 * (`stuck`), evaluations ran out, or the callback said so.
 */
export type MinimizeStatus = "gradient" | "loss" | "stuck" | "evaluations" | "callback";

/**
 * Takes steps of L-BFGS until one of the reasons to end holds. A minimiser restored from its state after an iteration goes on,
 * and ends, exactly as the one that was saved.
 *
 * @returns why it ended; the minimiser has the point
 * @throws {ConfigError} if an option is out of its range
 * @throws {DataError} if loss or gradient are not finite at the start
 * @example
 * const lbfgs = createLbfgs(start);
 * const status = await minimize(lbfgs, evaluate, { maxEvaluations: 100, gradientTolerance: 1e-4 });
 */
export async function minimize(
  lbfgs: Lbfgs,
  evaluate: EvaluateLoss,
  options: MinimizeOptions,
): Promise<MinimizeStatus> {
  const { maxEvaluations, gradientTolerance = 0, lossTolerance = 0, onIteration } = options;
  checkOption("minimize, maxEvaluations", maxEvaluations, "1 or more", maxEvaluations >= 1);
  checkOption("minimize, gradientTolerance", gradientTolerance, "a number from 0", gradientTolerance >= 0);
  checkOption("minimize, lossTolerance", lossTolerance, "a number from 0", lossTolerance >= 0);
  if (lbfgs.point === undefined) await lbfgs.step(evaluate, 0);
  for (;;) {
    const status = statusOf(lbfgs, { maxEvaluations, gradientTolerance, lossTolerance });
    if (status !== undefined) return status;
    const before = lbfgs.iterations;
    await lbfgs.step(evaluate, maxEvaluations - lbfgs.evaluations);
    if (lbfgs.iterations > before && onIteration?.(reportOf(lbfgs)) === false) return "callback";
  }
}

type Limits = Required<Omit<MinimizeOptions, "onIteration">>;

function statusOf(
  { point, decrease, isStuck, evaluations }: Lbfgs,
  { maxEvaluations, gradientTolerance, lossTolerance }: Limits,
): MinimizeStatus | undefined {
  const { loss, gradient } = point as LbfgsPoint;
  if (norm(gradient) <= gradientTolerance) return "gradient";
  if (decrease !== undefined && decrease <= lossTolerance * Math.max(1, Math.abs(loss))) return "loss";
  if (isStuck) return "stuck";
  return evaluations >= maxEvaluations ? "evaluations" : undefined;
}

function reportOf({ point, iterations, evaluations }: Lbfgs): IterationReport {
  const { x, loss, gradient } = point as LbfgsPoint;
  return { iteration: iterations, evaluations, loss, gradientNorm: norm(gradient), x };
}
