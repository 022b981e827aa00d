import type { Tensor } from "../tensor/tensor.ts";
import type { Parameters } from "./parameters.ts";

/** What one epoch did. */
export interface EpochReport {
  /** Epochs finished, from 1. */
  readonly epoch: number;
  /** Most epochs that the run can take. */
  readonly epochs: number;
  /** Mean loss of the epoch's steps, in nats. */
  readonly loss: number;
  /** Passes of the text tower so far, forward and back over all classes. */
  readonly passes: number;
}

/** A training run that can be stopped between epochs and continued with the same result. */
export interface Trainer<Report = EpochReport> {
  readonly parameters: Parameters;
  readonly isDone: boolean;
  /** Runs the next epoch. */
  runEpoch(): Promise<Report>;
  /** Everything that the next epoch depends on, by name. */
  state(): Record<string, Tensor>;
  /** Continues where {@link state} was taken. */
  restore(state: Readonly<Record<string, Tensor>>): void;
}

/** Where a run keeps its last state. */
export interface CheckpointStore {
  /** The last state, or `undefined` where there is none of this run. */
  load(): Readonly<Record<string, Tensor>> | undefined;
  save(state: Readonly<Record<string, Tensor>>): void;
  /** Forgets the state once the run's result is safe. */
  clear(): void;
}

/** How a training run is watched and kept. */
export interface RunOptions<Report = EpochReport> {
  readonly checkpoints?: CheckpointStore;
  readonly onEpoch?: (report: Report) => void;
  /** Stops the run after the current epoch, with its state saved. */
  readonly signal?: AbortSignal;
}

/**
 * Runs a trainer to its end, saving its state after every epoch and starting from a saved one.
 *
 * @returns whether it reached its end; `false` where the signal stopped it
 */
export async function runTrainer<Report>(
  trainer: Trainer<Report>,
  { checkpoints, onEpoch, signal }: RunOptions<Report> = {},
): Promise<boolean> {
  const saved = checkpoints?.load();
  if (saved !== undefined) trainer.restore(saved);
  while (!trainer.isDone) {
    if (signal?.aborted) return false;
    const report = await trainer.runEpoch();
    checkpoints?.save(trainer.state());
    onEpoch?.(report);
    // Runs of the engine block the event loop; without a turn of it no signal would ever be seen.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return true;
}
