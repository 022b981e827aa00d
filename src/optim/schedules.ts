/** A learning rate that follows a cosine after a constant start. */
export interface CosineSchedule {
  /** Rate at the top of the cosine. */
  readonly learningRate: number;
  /** Number of epochs, the warm-up included. */
  readonly epochs: number;
  /** Epochs at the constant rate. */
  readonly warmupEpochs: number;
  /** The constant rate. */
  readonly warmupLearningRate: number;
}

/**
 * Learning rate of an epoch: constant while warming up, then `learningRate / 2 (1 + cos(pi (epoch - warmup) / epochs))`. As in
 * the published code the cosine is laid out for all epochs, so the warm-up cuts off its end and it stops short of zero.
 *
 * @param epoch from 0
 */
export function cosineLearningRate(schedule: CosineSchedule, epoch: number): number {
  const { learningRate, epochs, warmupEpochs, warmupLearningRate } = schedule;
  if (epoch < warmupEpochs) return warmupLearningRate;
  return (learningRate / 2) * (1 + Math.cos((Math.PI * (epoch - warmupEpochs)) / epochs));
}

/** A learning rate that rises to its top and falls along a cosine, step by step. */
export interface WarmupCosineSchedule {
  /** Rate at the top. */
  readonly learningRate: number;
  /** Number of steps, the warm-up included. */
  readonly steps: number;
  /** Steps in which the rate rises linearly; the last of them has the full rate. */
  readonly warmupSteps: number;
}

/**
 * Learning rate of a step of pre-training: `learningRate (step + 1) / warmupSteps` while warming up, then
 * `learningRate / 2 (1 + cos(pi (step - warmupSteps) / (steps - warmupSteps)))`, which would be zero in the step after the last.
 *
 * @param step from 0
 * @see Ilharco et al. 2021, OpenCLIP, https://github.com/mlfoundations/open_clip (its `cosine_lr`)
 */
export function warmupCosineLearningRate(schedule: WarmupCosineSchedule, step: number): number {
  const { learningRate, steps, warmupSteps } = schedule;
  if (step < warmupSteps) return (learningRate * (step + 1)) / warmupSteps;
  return (learningRate / 2) * (1 + Math.cos((Math.PI * (step - warmupSteps)) / (steps - warmupSteps)));
}
