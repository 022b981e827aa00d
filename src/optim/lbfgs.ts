import { DataError, ModelFileError } from "../errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkOption } from "./check-option.ts";
import { type CurvaturePairs, createCurvaturePairs } from "./curvature-pairs.ts";
import { type LinePoint, searchStrongWolfe } from "./line-search.ts";
import { numberTensor, readNumber, readVector, type SavedState, vectorTensor } from "./saved-state.ts";
import { dot, norm } from "./vectors.ts";

/** A loss and its gradient at a point. */
export interface LossAndGradient {
  readonly loss: number;
  /** float32, of the point's length. */
  readonly gradient: Float32Array;
}

/** The function to minimise. It must not change the point; the gradient it gives may be overwritten by its next call. */
export type EvaluateLoss = (x: Float32Array) => Promise<LossAndGradient>;

/** What L-BFGS can be set to. */
export interface LbfgsOptions {
  /** Pairs of steps and gradient changes that stand for the curvature; 10 if not given. */
  readonly history?: number;
  /** Length of the first step of all, in units of the parameters; 1 if not given. */
  readonly firstStep?: number;
  /** Most evaluations of one line search; 10 if not given. */
  readonly maxLineEvaluations?: number;
}

/** Where a minimisation stands. */
export interface LbfgsPoint extends LossAndGradient {
  readonly x: Float32Array;
}

/** A minimiser that takes one step at a time, and can be stopped between any two. */
export interface Lbfgs {
  /** The current point; `undefined` before the first step. */
  readonly point: LbfgsPoint | undefined;
  /** Evaluations so far. */
  readonly evaluations: number;
  /** Steps so far that moved the point. */
  readonly iterations: number;
  /** By how much the last of them lowered the loss; `undefined` before the first. */
  readonly decrease: number | undefined;
  /** Whether no step lowers the loss by more than float32 can tell; further ones do nothing. */
  readonly isStuck: boolean;
  /**
   * Takes one step along the quasi-Newton direction, to a point that meets the strong Wolfe conditions where one is found. A
   * step that finds no lower point leaves the point and forgets the curvature, unless `maxEvaluations` cut it short.
   *
   * @param maxEvaluations that this step may take; the first step of all takes one more, for the start, and with 0 does
   * nothing else
   * @returns whether a further step may get on: `false` once it is stuck
   * @throws {DataError} if loss or gradient are not finite at the start
   */
  step(evaluate: EvaluateLoss, maxEvaluations: number): Promise<boolean>;
  /** What later steps depend on, by name; its arrays are not changed by later steps. */
  state(): Record<string, Tensor>;
  /**
   * Continues where {@link state} was taken; entries of others in it are not looked at.
   *
   * @throws {ModelFileError} if an entry is missing, or of a problem of another size
   */
  restore(state: SavedState): void;
}

/** c1 and c2 of the Wolfe conditions: the usual ones for quasi-Newton steps. */
const DECREASE = 1e-4;
const CURVATURE = 0.9;

/**
 * L-BFGS with a strong-Wolfe line search. Points and gradients are float32, inner products float64. A loss or gradient that
 * is not finite counts as a step too far.
 *
 * @param start where to begin
 * @throws {ConfigError} if an option is out of its range
 * @see Liu & Nocedal 1989; Nocedal & Wright 2006, algorithm 7.5
 */
export function createLbfgs(start: Float32Array, options: LbfgsOptions = {}): Lbfgs {
  return new LbfgsMinimizer(start, options);
}

class LbfgsMinimizer implements Lbfgs {
  point: LbfgsPoint | undefined;
  evaluations = 0;
  iterations = 0;
  decrease: number | undefined;
  isStuck = false;
  readonly #start: Float32Array;
  readonly #maxLineEvaluations: number;
  readonly #pairs: CurvaturePairs;
  /** Length of the last step; a step without curvature to scale it starts with as much. */
  #stepLength: number;

  constructor(start: Float32Array, { history = 10, firstStep = 1, maxLineEvaluations = 10 }: LbfgsOptions) {
    const isCount = (value: number) => Number.isSafeInteger(value) && value > 0;
    checkOption("L-BFGS, history", history, "a whole number from 1", isCount(history));
    checkOption("L-BFGS, firstStep", firstStep, "more than 0", firstStep > 0 && Number.isFinite(firstStep));
    checkOption(
      "L-BFGS, maxLineEvaluations",
      maxLineEvaluations,
      "a whole number from 1",
      isCount(maxLineEvaluations),
    );
    this.#start = start.slice();
    this.#pairs = createCurvaturePairs(history);
    this.#stepLength = firstStep;
    this.#maxLineEvaluations = maxLineEvaluations;
  }

  async step(evaluate: EvaluateLoss, maxEvaluations: number): Promise<boolean> {
    this.point ??= await this.#evaluateStart(evaluate);
    if (this.isStuck) return false;
    const from = this.point;
    const { direction, slope } = this.#descentFrom(from.gradient);
    if (slope === 0) {
      this.isStuck = true;
      return false;
    }
    const first = this.#pairs.count > 0 ? 1 : this.#stepLength / norm(from.gradient);
    const evaluationsBefore = this.evaluations;
    const limit = Math.min(maxEvaluations, this.#maxLineEvaluations);
    const found = await searchStrongWolfe(
      { step: 0, loss: from.loss, slope },
      first,
      (step) => this.#evaluateAlong(direction, step, evaluate),
      { decrease: DECREASE, curvature: CURVATURE, maxEvaluations: limit },
    );
    const used = this.evaluations - evaluationsBefore;
    if (found !== undefined) this.#moveTo(found);
    else if (limit === this.#maxLineEvaluations || used < limit) this.#giveUpCurvature();
    return !this.isStuck;
  }

  async #evaluateStart(evaluate: EvaluateLoss): Promise<LbfgsPoint> {
    const point = await this.#evaluateAt(this.#start, evaluate);
    if (Number.isFinite(point.loss) && point.gradient.every(Number.isFinite)) return point;
    throw new DataError({
      where: "L-BFGS",
      expected: "a finite loss with a finite gradient at the start",
      got: Number.isFinite(point.loss) ? "a gradient that is not" : `a loss of ${point.loss}`,
    });
  }

  /** The quasi-Newton direction, or where it does not descend minus the gradient; the slope is 0 where the gradient is. */
  #descentFrom(gradient: Float32Array): { direction: Float64Array; slope: number } {
    const direction = this.#pairs.direction(gradient);
    const slope = dot(gradient, direction);
    if ((slope < 0 && Number.isFinite(slope)) || this.#pairs.count === 0) return { direction, slope };
    this.#pairs.clear();
    return this.#descentFrom(gradient);
  }

  /** @returns `undefined` where float32 has no other point so near */
  async #evaluateAlong(
    direction: Float64Array,
    step: number,
    evaluate: EvaluateLoss,
  ): Promise<(LinePoint & LbfgsPoint) | undefined> {
    const { x: from } = this.point as LbfgsPoint;
    const x = from.map((value, i) => value + step * direction[i]!);
    if (x.every((value, i) => value === from[i])) return undefined;
    const point = await this.#evaluateAt(x, evaluate);
    return { ...point, step, slope: dot(point.gradient, direction) };
  }

  async #evaluateAt(x: Float32Array, evaluate: EvaluateLoss): Promise<LbfgsPoint> {
    this.evaluations += 1;
    const { loss, gradient } = await evaluate(x);
    return { x, loss, gradient: gradient.slice() };
  }

  #moveTo({ x, loss, gradient }: LbfgsPoint): void {
    const from = this.point as LbfgsPoint;
    const s = x.map((value, i) => value - from.x[i]!);
    const y = gradient.map((value, i) => value - from.gradient[i]!);
    this.#pairs.add(s, y);
    this.#stepLength = norm(s);
    this.decrease = from.loss - loss;
    this.iterations += 1;
    this.point = { x, loss, gradient };
  }

  /** Where the remembered curvature led nowhere the plain gradient may: the next step starts from it. */
  #giveUpCurvature(): void {
    if (this.#pairs.count === 0) this.isStuck = true;
    this.#pairs.clear();
  }

  state(): Record<string, Tensor> {
    const state: Record<string, Tensor> = {
      "lbfgs.evaluations": numberTensor(this.evaluations),
      "lbfgs.iterations": numberTensor(this.iterations),
      "lbfgs.stuck": numberTensor(this.isStuck ? 1 : 0),
      "lbfgs.stepLength": numberTensor(this.#stepLength),
      ...this.#pairs.state(),
    };
    if (this.decrease !== undefined) state["lbfgs.decrease"] = numberTensor(this.decrease);
    if (this.point !== undefined) {
      state["lbfgs.x"] = vectorTensor(this.point.x);
      state["lbfgs.gradient"] = vectorTensor(this.point.gradient);
      state["lbfgs.loss"] = numberTensor(this.point.loss);
    }
    return state;
  }

  restore(state: SavedState): void {
    const has = (name: string) => state[name] !== undefined;
    this.point = has("lbfgs.x") ? this.#readPoint(state) : undefined;
    this.evaluations = readNumber(state, "lbfgs.evaluations");
    this.iterations = readNumber(state, "lbfgs.iterations");
    this.isStuck = readNumber(state, "lbfgs.stuck") === 1;
    this.#stepLength = readNumber(state, "lbfgs.stepLength");
    this.decrease = has("lbfgs.decrease") ? readNumber(state, "lbfgs.decrease") : undefined;
    this.#pairs.restore(state);
  }

  #readPoint(state: SavedState): LbfgsPoint {
    const x = readVector(state, "lbfgs.x");
    if (x.length !== this.#start.length) {
      throw new ModelFileError({
        where: 'saved state "lbfgs.x"',
        expected: `${this.#start.length} numbers, as the start has`,
        got: `${x.length}`,
        fix: "The checkpoint belongs to another run; delete it and start over.",
      });
    }
    return { x, loss: readNumber(state, "lbfgs.loss"), gradient: readVector(state, "lbfgs.gradient") };
  }
}
