import type { FeatureMethod } from "../../src/methods/feature-method.ts";
import { createNodeRuntime } from "../../src/runtime/onnxruntime-node.ts";
import { createRandom } from "../../src/tensor/random.ts";
import { argMax, rowsOf } from "../../src/training/metrics.ts";
import type { FeatureData } from "./read-feature-file.ts";

/** How one method did once. */
export interface Run {
  readonly method: string;
  readonly shots: number;
  readonly seed: number;
  /** In [0, 1]. */
  readonly accuracy: number;
  /** Mean of `-log softmax` at the true class, in nats. */
  readonly logLoss: number;
  /** Of fitting, the choice of hyper-parameters included, and scoring, in seconds. */
  readonly seconds: number;
  readonly hyperparameters: Readonly<Record<string, number>>;
}

const runtime = createNodeRuntime();

/** Fits a method with nothing given, and scores the judged pictures. */
export async function measureMethod(
  method: FeatureMethod,
  { train, judged, textFeatures, classCount }: FeatureData,
  { shots, seed, logitScale }: { shots: number; seed: number; logitScale: number },
): Promise<Run> {
  const words = textFeatures === undefined ? {} : { textFeatures };
  const start = performance.now();
  const fit = await method.fit(
    { ...train, ...words, classCount, logitScale, runtime, random: createRandom(seed) },
    method.options.parse({}),
  );
  const logits = await method.score({ ...fit, ...words, logitScale }, judged.features);
  const seconds = (performance.now() - start) / 1000;
  const rows = rowsOf(logits);
  const correct = rows.filter((row, picture) => argMax(row) === judged.labels[picture]).length;
  const losses = rows.map((row, picture) => logLossOf(row, judged.labels[picture] ?? 0));
  return {
    method: method.name,
    shots,
    seed,
    accuracy: correct / rows.length,
    logLoss: losses.reduce((sum, loss) => sum + loss, 0) / rows.length,
    seconds,
    hyperparameters: fit.hyperparameters,
  };
}

function logLossOf(row: Float32Array, label: number): number {
  const largest = row[argMax(row)] ?? 0;
  const sum = row.reduce((total, logit) => total + Math.exp(logit - largest), 0);
  return Math.log(sum) + largest - (row[label] ?? 0);
}
