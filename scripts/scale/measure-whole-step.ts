import { peakMemory } from "../../bench/peak-memory.ts";
import { createPromptTask } from "../../bench/prompt-task.ts";
import { median } from "../../bench/timing.ts";
import { createNodeRuntime } from "../../src/runtime/onnxruntime-node.ts";
import { sliceRows } from "../../src/tensor/slice-rows.ts";
import { createTensor, type Tensor } from "../../src/tensor/tensor.ts";
import { createFastTrainer } from "../../src/training/fast-trainer.ts";
import { type FeatureSet, featureBatches } from "../../src/training/feature-set.ts";
import { PromptObjective } from "../../src/training/prompt-objective.ts";
import { createStream, fillNormal } from "../random-checkpoint/fill-normal.ts";
import type { ScaleNumbers } from "./cell.ts";
import type { StepScenario } from "./measure-step.ts";
import { randomSupportSet } from "./support-set.ts";

/** An evaluation of the fast schedule: loss and gradient over the whole support set. */
export interface WholeStepScenario extends Omit<StepScenario, "kind" | "batchSize" | "warmUp"> {
  readonly kind: "whole step";
  /**
   * Shots of each class that the loss is computed on; the features of all are in memory. Blocks of pictures are alike, and those of
   * 336,000 pictures and 21,000 classes would take longer than the rest.
   */
  readonly evaluatedShots: number;
}

/** Evaluations that the trainer may take; it is put to where the last one is left. */
const EVALUATIONS = 25;
/** Pairs of the trainer's L-BFGS. */
const HISTORY = 5;

/**
 * Time of one evaluation of the loss over the whole support set, and the peak of memory, by the fast trainer with its memory of
 * steps full. The features of the original prompts, which are encoded once, are not in the time.
 */
export async function measureWholeStep(scenario: WholeStepScenario): Promise<ScaleNumbers> {
  const { checkpoint, classes, shots, evaluatedShots } = scenario;
  const runtime = createNodeRuntime();
  const task = await createPromptTask(checkpoint, { ...scenario, method: "lamm", batchSize: 1 });
  const width = task.clip.config.jointWidth;
  const set = randomSupportSet({ classes, pictures: shots * classes, width });
  const objective = new PromptObjective({ runtime, ...task });
  await objective.originalFeatures();
  const evaluated = firstPictures(set, classes * evaluatedShots);
  const trainer = createFastTrainer(objective, featureBatches(evaluated), { maxEvaluations: EVALUATIONS });
  const length = task.method.parameters.reduce((sum, { initial }) => sum + initial.data.length, 0);
  trainer.restore(lateState(length));
  const times: number[] = [];
  for (let round = 0; round < scenario.rounds; round++) {
    // Where the line search moved the point, it is put back before its last evaluation.
    if (round > 0) trainer.restore(lateState(length));
    const start = performance.now();
    await trainer.runEpoch();
    times.push(performance.now() - start);
  }
  const { passes } = objective;
  await objective.release();
  // Each restored state counts from 0.
  if (passes !== 1) throw new Error(`${passes} evaluations in a round, not one`);
  return {
    "step, ms": median(times),
    "pictures in the loss": evaluated.labels.length,
    "pictures in memory": set.labels.length,
    "peak, MB": peakMemory(),
  };
}

/** Some pictures of a set, without copying their features. */
function firstPictures({ features, labels }: FeatureSet, count: number): FeatureSet {
  return {
    features: sliceRows(features, 0, count) as Tensor<"float32">,
    labels: labels.slice(0, count),
  };
}

/** State of a trainer before its last evaluation: all of its pairs are there, their numbers random. */
function lateState(length: number): Record<string, Tensor> {
  const stream = createStream("state");
  const vector = (deviation: number) => {
    const data = new Float32Array(length);
    fillNormal(data, stream, { mean: 0, deviation });
    return createTensor("float32", [length], data);
  };
  const number = (value: number) => createTensor("float64", [1], Float64Array.of(value));
  const pairs = Array.from({ length: HISTORY }, (_, index) => {
    const change = vector(0.001);
    return [
      [`lbfgs.s.${index}`, change],
      // A function of curvature 1 everywhere.
      [`lbfgs.y.${index}`, createTensor("float32", [length], change.data.slice())],
    ] as const;
  });
  return {
    "lbfgs.evaluations": number(EVALUATIONS - 1),
    "lbfgs.iterations": number(EVALUATIONS - 1),
    "lbfgs.stuck": number(0),
    "lbfgs.stepLength": number(1),
    "lbfgs.x": vector(0.02),
    "lbfgs.gradient": vector(1e-5),
    "lbfgs.loss": number(100),
    ...Object.fromEntries(pairs.flat()),
    "mean.sum": createTensor("float64", [length], new Float64Array(length)),
    "mean.count": number(1),
    passes: number(0),
  };
}
