import type { Optimizer } from "../optim/optimizer.ts";
import { cosineLearningRate } from "../optim/schedules.ts";
import { createSgd } from "../optim/sgd.ts";
import { createRandom } from "../tensor/random.ts";
import { createTensor, type Tensor } from "../tensor/tensor.ts";
import type { Batch, BatchSource } from "./feature-set.ts";
import { parameterState, restoreParameters } from "./parameter-state.ts";
import type { PromptObjective } from "./prompt-objective.ts";
import type { EpochReport, Trainer } from "./trainer.ts";

/** What the published schedule can be set to; LAMM's values if not given. */
export interface PublishedOptions {
  /** Seeds the order of the pictures and the choice of their views. */
  readonly seed: number;
  /** 50. */
  readonly epochs?: number;
  /** 32 pictures a step. */
  readonly batchSize?: number;
  /** 0.002 at the top of the cosine. */
  readonly learningRate?: number;
}

/** Settings of the published scripts. */
const PUBLISHED = {
  epochs: 50,
  batchSize: 32,
  learningRate: 0.002,
  momentum: 0.9,
  weightDecay: 5e-4,
  warmupLearningRate: 1e-5,
};

/**
 * Trains as published: SGD over shuffled batches, one learning rate an epoch (a constant first epoch, then a cosine); an
 * incomplete last batch is dropped when there is a full one.
 *
 * @see Gao et al. 2024, https://arxiv.org/abs/2312.08212, section 4.1
 */
export function createPublishedTrainer(
  objective: PromptObjective,
  data: BatchSource,
  options: PublishedOptions,
): Trainer {
  return new PublishedTrainer(objective, data, options);
}

class PublishedTrainer implements Trainer {
  readonly parameters: Record<string, Float32Array>;
  readonly #objective: PromptObjective;
  readonly #data: BatchSource;
  readonly #seed: number;
  readonly #epochs: number;
  readonly #batchSize: number;
  readonly #learningRate: number;
  readonly #optimizer: Optimizer = createSgd(PUBLISHED);
  #epoch = 0;

  constructor(objective: PromptObjective, data: BatchSource, options: PublishedOptions) {
    this.#objective = objective;
    this.#data = data;
    this.#seed = options.seed;
    this.#epochs = options.epochs ?? PUBLISHED.epochs;
    this.#batchSize = options.batchSize ?? PUBLISHED.batchSize;
    this.#learningRate = options.learningRate ?? PUBLISHED.learningRate;
    this.parameters = initialParameters(objective);
  }

  get isDone(): boolean {
    return this.#epoch >= this.#epochs;
  }

  async runEpoch(): Promise<EpochReport> {
    const learningRate = cosineLearningRate(
      {
        learningRate: this.#learningRate,
        epochs: this.#epochs,
        warmupEpochs: 1,
        warmupLearningRate: PUBLISHED.warmupLearningRate,
      },
      this.#epoch,
    );
    const batches = this.#batches();
    let sum = 0;
    for (const batch of batches) {
      const { loss, gradients } = await this.#objective.evaluate(this.parameters, batch);
      this.#optimizer.step(this.parameters, gradients, learningRate);
      sum += loss;
    }
    this.#epoch += 1;
    const { passes } = this.#objective;
    return { epoch: this.#epoch, epochs: this.#epochs, loss: sum / batches.length, passes };
  }

  /** The pictures of this epoch; its draws depend on the seed and its number alone, so that a run can resume at any epoch. */
  #batches(): Batch[] {
    const random = createRandom((BigInt(this.#seed) << 32n) + BigInt(this.#epoch));
    const { labels, viewCount } = this.#data;
    const order = random.shuffle(labels.map((_, picture) => picture));
    const views = order.map(() => (viewCount === 1 ? 0 : random.randBelow(viewCount)));
    const size = Math.min(this.#batchSize, order.length);
    const starts = Array.from({ length: Math.floor(order.length / size) }, (_, index) => index * size);
    return starts.map((start) =>
      this.#data.take(order.slice(start, start + size), views.slice(start, start + size)),
    );
  }

  state(): Record<string, Tensor> {
    return {
      ...this.#optimizer.state(),
      ...parameterState(this.parameters),
      epoch: createTensor("float64", [1], Float64Array.of(this.#epoch)),
      passes: createTensor("float64", [1], Float64Array.of(this.#objective.passes)),
    };
  }

  restore(state: Readonly<Record<string, Tensor>>): void {
    this.#optimizer.restore(state);
    restoreParameters(this.parameters, state);
    this.#epoch = Number(state.epoch?.data[0]);
    this.#objective.passes = Number(state.passes?.data[0]);
  }
}

/** Copies of the values that a method starts from. */
export function initialParameters(objective: PromptObjective): Record<string, Float32Array> {
  return Object.fromEntries(
    objective.method.parameters.map(({ name, initial }) => [name, initial.data.slice()]),
  );
}
