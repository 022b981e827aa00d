import { createTensor, type Tensor } from "../tensor/tensor.ts";
import { type LinePoint, searchStrongWolfe } from "./line-search.ts";

/** A loss and its gradient at a point. */
export interface LossAndGradient {
  readonly loss: number;
  /** float32, of the point's length. */
  readonly gradient: Float32Array;
}

/** The function to minimise. */
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
  /**
   * Takes one step along the quasi-Newton direction, to a point that meets the strong Wolfe conditions where one is found.
   *
   * @param maxEvaluations that this step may take; the first step of all takes one more, for the start
   * @returns whether a further step may get on: `false` where none lowers the loss by more than float32 can tell
   */
  step(evaluate: EvaluateLoss, maxEvaluations: number): Promise<boolean>;
  /** What later steps depend on, by name. */
  state(): Record<string, Tensor>;
  /** Continues where {@link state} was taken. */
  restore(state: Readonly<Record<string, Tensor>>): void;
}

interface Pair {
  /** Change of the point. */
  readonly s: Float32Array;
  /** Change of the gradient. */
  readonly y: Float32Array;
}

/** c1 and c2 of the Wolfe conditions: the usual ones for quasi-Newton steps. */
const DECREASE = 1e-4;
const CURVATURE = 0.9;
/** Pairs with less curvature than this share of `y . y` would spoil the inverse Hessian, and are left out. */
const LEAST_CURVATURE = 1e-8;

/**
 * L-BFGS with a strong-Wolfe line search. Points and gradients are float32, inner products float64.
 *
 * @param start where to begin
 * @see Liu & Nocedal 1989; Nocedal & Wright 2006, algorithm 7.4
 */
export function createLbfgs(start: Float32Array, options: LbfgsOptions = {}): Lbfgs {
  return new LbfgsMinimizer(start, options);
}

class LbfgsMinimizer implements Lbfgs {
  point: LbfgsPoint | undefined;
  evaluations = 0;
  readonly #start: Float32Array;
  readonly #history: number;
  readonly #firstStep: number;
  readonly #maxLineEvaluations: number;
  #pairs: Pair[] = [];

  constructor(start: Float32Array, { history = 10, firstStep = 1, maxLineEvaluations = 10 }: LbfgsOptions) {
    this.#start = start.slice();
    this.#history = history;
    this.#firstStep = firstStep;
    this.#maxLineEvaluations = maxLineEvaluations;
  }

  async step(evaluate: EvaluateLoss, maxEvaluations: number): Promise<boolean> {
    this.point ??= await this.#evaluateAt(this.#start, evaluate);
    const from = this.point;
    let direction = this.#direction(from.gradient);
    let slope = dot(from.gradient, direction);
    if (!(slope < 0)) {
      this.#pairs = [];
      direction = this.#direction(from.gradient);
      slope = dot(from.gradient, direction);
    }
    if (!(slope < 0)) return false;
    const first = this.#pairs.length > 0 ? 1 : this.#firstStep / Math.sqrt(dot(from.gradient, from.gradient));
    const along = async (step: number): Promise<LinePoint & LbfgsPoint> => {
      const x = from.x.map((value, i) => value + step * direction[i]!);
      const point = await this.#evaluateAt(x, evaluate);
      return { ...point, step, slope: dot(point.gradient, direction) };
    };
    const limits = {
      decrease: DECREASE,
      curvature: CURVATURE,
      maxEvaluations: Math.min(maxEvaluations, this.#maxLineEvaluations),
    };
    const found = await searchStrongWolfe({ step: 0, loss: from.loss, slope }, first, along, limits);
    if (found === undefined) return this.#retryWithoutHistory();
    this.#remember(from, found);
    this.point = { x: found.x, loss: found.loss, gradient: found.gradient };
    return true;
  }

  /** Where the remembered curvature led nowhere the plain gradient may: the next step starts from it. */
  #retryWithoutHistory(): boolean {
    const hadHistory = this.#pairs.length > 0;
    this.#pairs = [];
    return hadHistory;
  }

  async #evaluateAt(x: Float32Array, evaluate: EvaluateLoss): Promise<LbfgsPoint> {
    this.evaluations += 1;
    return { x, ...(await evaluate(x)) };
  }

  /** The two-loop recursion: minus the inverse Hessian, as far as it is known, times the gradient. */
  #direction(gradient: Float32Array): Float64Array {
    const q = Float64Array.from(gradient, (value) => -value);
    const factors: number[] = [];
    for (const { s, y } of [...this.#pairs].reverse()) {
      const factor = dot(s, q) / dot(s, y);
      factors.unshift(factor);
      addScaled(q, y, -factor);
    }
    const last = this.#pairs.at(-1);
    if (last !== undefined) {
      const scale = dot(last.s, last.y) / dot(last.y, last.y);
      for (let i = 0; i < q.length; i++) q[i] = q[i]! * scale;
    }
    this.#pairs.forEach(({ s, y }, index) => {
      addScaled(q, s, (factors[index] ?? 0) - dot(y, q) / dot(s, y));
    });
    return q;
  }

  #remember(from: LbfgsPoint, to: LbfgsPoint): void {
    const s = to.x.map((value, i) => value - from.x[i]!);
    const y = to.gradient.map((value, i) => value - from.gradient[i]!);
    if (dot(s, y) > LEAST_CURVATURE * dot(y, y))
      this.#pairs = [...this.#pairs, { s, y }].slice(-this.#history);
  }

  state(): Record<string, Tensor> {
    const vector = (data: Float32Array) => createTensor("float32", [data.length], data);
    const state: Record<string, Tensor> = {
      "lbfgs.evaluations": createTensor("float64", [1], Float64Array.of(this.evaluations)),
    };
    if (this.point !== undefined) {
      state["lbfgs.x"] = vector(this.point.x);
      state["lbfgs.gradient"] = vector(this.point.gradient);
      state["lbfgs.loss"] = createTensor("float64", [1], Float64Array.of(this.point.loss));
    }
    this.#pairs.forEach(({ s, y }, index) => {
      state[`lbfgs.s.${index}`] = vector(s);
      state[`lbfgs.y.${index}`] = vector(y);
    });
    return state;
  }

  restore(state: Readonly<Record<string, Tensor>>): void {
    const vector = (name: string) => state[name]?.data as Float32Array | undefined;
    this.evaluations = Number(state["lbfgs.evaluations"]?.data[0] ?? 0);
    const [x, gradient, loss] = [vector("lbfgs.x"), vector("lbfgs.gradient"), state["lbfgs.loss"]?.data[0]];
    this.point = x && gradient && loss !== undefined ? { x, gradient, loss: Number(loss) } : undefined;
    this.#pairs = [];
    for (let index = 0; ; index++) {
      const [s, y] = [vector(`lbfgs.s.${index}`), vector(`lbfgs.y.${index}`)];
      if (s === undefined || y === undefined) return;
      this.#pairs.push({ s, y });
    }
  }
}

function dot(a: Float32Array | Float64Array, b: Float32Array | Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function addScaled(target: Float64Array, source: Float32Array, factor: number): void {
  for (let i = 0; i < target.length; i++) target[i] = target[i]! + factor * source[i]!;
}
