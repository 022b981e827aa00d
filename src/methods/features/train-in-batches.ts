import { createAdamW } from "../../optim/adamw.ts";
import { createTensor } from "../../tensor/tensor.ts";
import type { FeatureProblem } from "../feature-method.ts";
import {
  createFeatureObjective,
  equalTargets,
  type FeatureModel,
  type Numbers,
} from "./feature-objective.ts";

/** How a model is trained. */
export interface BatchTraining {
  /** Passes over the support set. */
  readonly epochs: number;
  /** Pictures of a step. */
  readonly batchSize: number;
  /** At the first step; it falls to 0 by a cosine. */
  readonly learningRate: number;
  /** Of AdamW. */
  readonly weightDecay: number;
  /** Of AdamW. */
  readonly eps: number;
  /**
   * The model's further inputs for a batch.
   *
   * @param pictures indices of its rows
   */
  readonly inputsOf?: (pictures: readonly number[]) => Numbers;
}

/**
 * Trains a model on the support set by AdamW, in random order. Where one batch holds all pictures nothing is random but the
 * start, and the result does not depend on their order.
 *
 * @param start values of the parameters, which are changed in place
 * @returns the trained values
 */
export async function trainInBatches(
  problem: FeatureProblem,
  model: FeatureModel,
  start: Numbers,
  training: BatchTraining,
): Promise<Numbers> {
  const { features, labels, classCount, runtime, random } = problem;
  const [pictures = 0, width = 0] = features.shape;
  const batch = Math.min(training.batchSize, pictures);
  const objective = await createFeatureObjective(runtime, model, { batch, width, classCount });
  try {
    const optimizer = createAdamW({ weightDecay: training.weightDecay, eps: training.eps });
    const batches = Math.ceil(pictures / batch);
    const steps = training.epochs * batches;
    for (let step = 0, order: number[] = []; step < steps; step++) {
      const place = step % batches;
      if (place === 0) order = shuffleRows(pictures, batch, random);
      const rows = order.slice(place * batch, (place + 1) * batch);
      const { gradients } = await objective.evaluate(
        start,
        takeRows({ features, labels, classCount }, rows, batch),
        training.inputsOf?.(rows),
      );
      const learningRate = (training.learningRate / 2) * (1 + Math.cos((Math.PI * step) / steps));
      optimizer.step(start, gradients, learningRate);
    }
    return start;
  } finally {
    await objective.release();
  }
}

function shuffleRows(pictures: number, batch: number, random: FeatureProblem["random"]): number[] {
  const rows = Array.from({ length: pictures }, (_, row) => row);
  return batch === pictures ? rows : random.shuffle(rows);
}

/** Some pictures as a batch; a last one that is not full is filled up with rows that have no share in the loss. */
function takeRows(
  { features, labels, classCount }: Pick<FeatureProblem, "features" | "labels" | "classCount">,
  rows: readonly number[],
  batch: number,
) {
  const width = features.shape[1] ?? 0;
  const data = new Float32Array(batch * width);
  const filled = Array.from({ length: batch }, (_, i) => rows[i] ?? rows[0] ?? 0);
  filled.forEach((row, i) => {
    data.set(features.data.subarray(row * width, (row + 1) * width), i * width);
  });
  const taken = filled.map((row) => labels[row] ?? 0);
  return {
    features: createTensor("float32", [batch, width], data),
    targets: equalTargets(
      { labels: taken, classCount },
      rows.map((_, i) => i),
      1 / rows.length,
    ),
  };
}
