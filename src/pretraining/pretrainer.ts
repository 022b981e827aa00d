import type { ClipTokenizer } from "../clip/tokenizer.ts";
import { DataError } from "../errors.ts";
import { createAdamW } from "../optim/adamw.ts";
import { clipGradientNorm } from "../optim/clip-gradient-norm.ts";
import type { Optimizer } from "../optim/optimizer.ts";
import { warmupCosineLearningRate } from "../optim/schedules.ts";
import { createTensor, type Tensor } from "../tensor/tensor.ts";
import { parameterState, restoreParameters } from "../training/parameter-state.ts";
import type { Trainer } from "../training/trainer.ts";
import { type ContrastiveObjective, LOGIT_SCALE } from "./contrastive-objective.ts";
import type { PretrainConfig } from "./pretrain-config.ts";

/** Preprocessed pictures and their captions. */
export interface PretrainBatch {
  /** `[N, 3, R, R]` row-major, as the image tower wants them. */
  readonly pixels: Float32Array;
  readonly captions: readonly string[];
}

/** What one step found. */
export interface StepReport {
  /** Steps finished, from 1. */
  readonly step: number;
  readonly steps: number;
  /** Pictures of the step. */
  readonly pictures: number;
  /** In nats. */
  readonly loss: number;
  /** Share of the pictures whose most similar caption is one of their own, in [0, 1]. */
  readonly accuracy: number;
}

/** What the steps between two checkpoints found. */
export interface IntervalReport {
  /** Steps finished, from 1. */
  readonly step: number;
  /** Mean loss in nats. */
  readonly loss: number;
  /** Mean share of pictures that found their caption. */
  readonly accuracy: number;
}

/** A pre-training run, and its curve so far. */
export interface Pretrainer extends Trainer<IntervalReport> {
  readonly curve: readonly IntervalReport[];
}

/** What a run works with. */
export interface PretrainerParts {
  readonly objective: ContrastiveObjective;
  readonly config: PretrainConfig;
  readonly tokenizer: ClipTokenizer;
  /** Longest caption in tokens, start-of-text and end-of-text included; longer ones are cut, as CLIP cuts them. */
  readonly maxLength: number;
  /** The batch of a step, from 0; steps are asked for in order. */
  readonly nextBatch: (step: number) => Promise<PretrainBatch>;
  readonly onStep?: (report: StepReport) => void;
}

/**
 * Trains all weights of a CLIP: AdamW with a linear warm-up and a cosine, gradient clipping, and a bounded logit scale. Its
 * "epochs" are the steps between two checkpoints.
 *
 * @see Radford et al. 2021, https://arxiv.org/abs/2103.00020, section 2.5
 */
export function createPretrainer(parts: PretrainerParts): Pretrainer {
  return new ContrastivePretrainer(parts);
}

/** Ids of a caption between start-of-text and end-of-text, cut to fit. */
export function encodeCaption(tokenizer: ClipTokenizer, caption: string, maxLength: number): number[] {
  const words = tokenizer.encodeWords(caption).slice(0, maxLength - 2);
  return [tokenizer.startOfText, ...words, tokenizer.endOfText];
}

class ContrastivePretrainer implements Pretrainer {
  readonly curve: IntervalReport[] = [];
  readonly #parts: PretrainerParts;
  readonly #optimizer: Optimizer;
  #step = 0;

  constructor(parts: PretrainerParts) {
    this.#parts = parts;
    const { shapes } = parts.objective;
    // As in open_clip: what has one axis or none is a norm, a bias or a scale.
    const decays = (name: string) => (shapes[name]?.length ?? 0) >= 2;
    this.#optimizer = createAdamW({ ...parts.config, decays });
  }

  get parameters() {
    return this.#parts.objective.parameters;
  }

  get isDone(): boolean {
    return this.#step >= this.#parts.config.steps;
  }

  async runEpoch(): Promise<IntervalReport> {
    const { steps, checkpointEvery } = this.#parts.config;
    const end = Math.min(steps, this.#step + checkpointEvery);
    const count = end - this.#step;
    let loss = 0;
    let accuracy = 0;
    while (this.#step < end) {
      const report = await this.#runStep();
      loss += report.loss / count;
      accuracy += report.accuracy / count;
      this.#parts.onStep?.(report);
    }
    const interval = { step: this.#step, loss, accuracy };
    this.curve.push(interval);
    return interval;
  }

  async #runStep(): Promise<StepReport> {
    const { objective, config, tokenizer, nextBatch } = this.#parts;
    const { pixels, captions } = await nextBatch(this.#step);
    const sequences = captions.map((caption) => encodeCaption(tokenizer, caption, this.#parts.maxLength));
    const { loss, logits, gradients } = await objective.evaluate({ pixels, captions, sequences });
    const norm = clipGradientNorm(gradients, config.clipNorm);
    if (!Number.isFinite(loss) || !Number.isFinite(norm)) throw divergence(this.#step, loss, norm);
    this.#optimizer.step(objective.parameters, gradients, warmupCosineLearningRate(config, this.#step));
    const scale = objective.parameters[LOGIT_SCALE] as Float32Array;
    scale[0] = Math.min(Math.log(config.maxLogitScale), Math.max(0, scale[0] ?? 0));
    this.#step += 1;
    const accuracy = shareOfMatches(logits, captions);
    return { step: this.#step, steps: config.steps, pictures: captions.length, loss, accuracy };
  }

  state(): Record<string, Tensor> {
    const { parameters, shapes } = this.#parts.objective;
    const curve = Float64Array.from(this.curve.flatMap(({ step, loss, accuracy }) => [step, loss, accuracy]));
    return {
      ...this.#optimizer.state(),
      ...parameterState(parameters, shapes),
      curve: createTensor("float64", [this.curve.length, 3], curve),
      step: createTensor("float64", [1], Float64Array.of(this.#step)),
    };
  }

  restore(state: Readonly<Record<string, Tensor>>): void {
    this.#optimizer.restore(state);
    restoreParameters(this.parameters, state);
    const curve = Array.from(state.curve?.data as Float64Array);
    this.curve.length = 0;
    for (let i = 0; i < curve.length; i += 3) {
      const [step = 0, loss = 0, accuracy = 0] = curve.slice(i, i + 3);
      this.curve.push({ step, loss, accuracy });
    }
    this.#step = Number(state.step?.data[0]);
  }
}

function divergence(step: number, loss: number, norm: number): DataError {
  return new DataError({
    where: `pre-training, step ${step + 1}`,
    expected: "a loss and gradients that are numbers",
    got: `a loss of ${loss} and gradients of norm ${norm}`,
    fix: "The last checkpoint is kept and is from before it. Lower the learning rate, or lengthen the warm-up.",
  });
}

/** Share of rows whose largest logit belongs to a caption equal to their own. */
function shareOfMatches(logits: Float32Array, captions: readonly string[]): number {
  const count = captions.length;
  let matches = 0;
  for (let row = 0; row < count; row++) {
    let best = 0;
    for (let column = 1; column < count; column++)
      if (logits[row * count + column]! > logits[row * count + best]!) best = column;
    if (captions[best] === captions[row]) matches += 1;
  }
  return matches / count;
}
