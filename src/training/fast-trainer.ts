import { createLbfgs, type EvaluateLoss, type Lbfgs } from "../optim/lbfgs.ts";
import { createTensor, type Tensor } from "../tensor/tensor.ts";
import type { BatchSource } from "./feature-set.ts";
import type { Parameters } from "./parameters.ts";
import type { PromptObjective } from "./prompt-objective.ts";
import type { EpochReport, Trainer } from "./trainer.ts";

/** What the fast schedule can be set to. */
export interface FastOptions {
  /** Most evaluations of the loss over the whole support set; 25 if not given. */
  readonly maxEvaluations?: number;
}

/** Evaluations after which more of them no longer raised the test accuracy in trials (docs/experiments.md). */
const MAX_EVALUATIONS = 25;
/** Length of the first step, relative to the length of the parameters it starts from. */
const FIRST_STEP = 0.3;
/** Pairs that stand for the curvature: more did not help in 25 evaluations, and cost memory. */
const HISTORY = 5;
/** Share of the evaluations, the first ones, whose points are left out of the mean. */
const LEFT_OUT_SHARE = 1 / 3;

/**
 * Share of the published weight of the tokens' distance, l1 = 1/K, that goes with this schedule if no weight is given. The
 * published SGD moves far in its first steps and ends long before this part has pulled the tokens back; a minimiser that gets
 * to the minimum would stay closer to CLIP than that, and did worse at 1 to 4 shots.
 */
export const FAST_PARAMETER_LOSS_SHARE = 0.25;

/**
 * Trains in few large steps: L-BFGS over the whole support set, where a step costs the text tower no more than one over 32
 * pictures. The result is the mean of the later points of the path: it stops as far from CLIP as the published schedule does,
 * whose SGD never gets to the minimum, and is steadier than any single point (docs/decisions/0005).
 */
export function createFastTrainer(
  objective: PromptObjective,
  data: BatchSource,
  options: FastOptions = {},
): Trainer {
  return new FastTrainer(objective, data, options);
}

class FastTrainer implements Trainer {
  readonly #objective: PromptObjective;
  readonly #evaluate: EvaluateLoss;
  readonly #maxEvaluations: number;
  readonly #lbfgs: Lbfgs;
  readonly #start: Float32Array;
  /** Sum of the points that count, in float64, and their number. */
  #sum: Float64Array;
  #count = 0;

  constructor(
    objective: PromptObjective,
    data: BatchSource,
    { maxEvaluations = MAX_EVALUATIONS }: FastOptions,
  ) {
    const whole = data.takeWhole();
    const start = join(objective, (name) => initialOf(objective, name));
    this.#objective = objective;
    this.#maxEvaluations = maxEvaluations;
    this.#lbfgs = createLbfgs(start, {
      firstStep: FIRST_STEP * lengthOf(start),
      history: HISTORY,
    });
    this.#evaluate = async (x) => {
      const { loss, gradients } = await objective.evaluate(split(objective, x), whole);
      return { loss, gradient: join(objective, (name) => gradients[name] as Float32Array) };
    };
    this.#sum = new Float64Array(start.length);
    this.#start = start;
  }

  get isDone(): boolean {
    return this.#lbfgs.isStuck || this.#lbfgs.evaluations >= this.#maxEvaluations;
  }

  get parameters(): Parameters {
    const { point } = this.#lbfgs;
    const last = point?.x ?? this.#start;
    const result = this.#count === 0 ? last : Float32Array.from(this.#sum, (value) => value / this.#count);
    return split(this.#objective, result);
  }

  async runEpoch(): Promise<EpochReport> {
    const left = this.#maxEvaluations - this.#lbfgs.evaluations;
    const { point: before, iterations: stepsBefore } = this.#lbfgs;
    // The first step evaluates where it starts as well.
    await this.#lbfgs.step(this.#evaluate, Math.max(1, before === undefined ? left - 1 : left));
    const { point, evaluations, iterations } = this.#lbfgs;
    const counts = iterations > stepsBefore && evaluations > LEFT_OUT_SHARE * this.#maxEvaluations;
    if (point !== undefined && counts) this.#addToMean(point.x);
    return {
      epoch: Math.min(evaluations, this.#maxEvaluations),
      epochs: this.#maxEvaluations,
      loss: point?.loss ?? Number.NaN,
      passes: this.#objective.passes,
    };
  }

  #addToMean(x: Float32Array): void {
    for (let i = 0; i < x.length; i++) this.#sum[i] = this.#sum[i]! + x[i]!;
    this.#count += 1;
  }

  state(): Record<string, Tensor> {
    const number = (value: number) => createTensor("float64", [1], Float64Array.of(value));
    return {
      ...this.#lbfgs.state(),
      "mean.sum": createTensor("float64", [this.#sum.length], this.#sum.slice()),
      "mean.count": number(this.#count),
      passes: number(this.#objective.passes),
    };
  }

  restore(state: Readonly<Record<string, Tensor>>): void {
    const number = (name: string) => Number(state[name]?.data[0]);
    this.#lbfgs.restore(state);
    this.#sum = Float64Array.from(state["mean.sum"]?.data as Float64Array);
    this.#count = number("mean.count");
    this.#objective.passes = number("passes");
  }
}

function initialOf(objective: PromptObjective, name: string): Float32Array {
  return objective.method.parameters.find((parameter) => parameter.name === name)?.initial
    .data as Float32Array;
}

function lengthOf(vector: Float32Array): number {
  return Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
}

/** All parameters as one vector. */
function join(objective: PromptObjective, valuesOf: (name: string) => Float32Array): Float32Array {
  const parts = objective.method.parameters.map(({ name }) => valuesOf(name));
  const joined = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let start = 0;
  for (const part of parts) {
    joined.set(part, start);
    start += part.length;
  }
  return joined;
}

/** The vector's parts by name, as views of it. */
function split(objective: PromptObjective, x: Float32Array): Record<string, Float32Array> {
  let start = 0;
  const entries = objective.method.parameters.map(({ name, initial }) => {
    const part = x.subarray(start, start + initial.data.length);
    start += initial.data.length;
    return [name, part] as const;
  });
  return Object.fromEntries(entries);
}
