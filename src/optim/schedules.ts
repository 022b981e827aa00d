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
