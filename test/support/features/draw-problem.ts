import type { FeatureProblem } from "../../../src/methods/feature-method.ts";
import { createNodeRuntime } from "../../../src/runtime/onnxruntime-node.ts";
import { normalizeFeatures } from "../../../src/tensor/normalize-features.ts";
import { createRandom } from "../../../src/tensor/random.ts";
import { createTensor } from "../../../src/tensor/tensor.ts";

/** What a drawn problem looks like. */
export interface ProblemShape {
  /** Pictures of each class. */
  readonly counts?: readonly number[];
  /** D. */
  readonly width?: number;
  readonly words?: boolean;
  /** Size of the noise around a class's centre, whose numbers are about 1. */
  readonly noise?: number;
  /** The same of text features. */
  readonly textNoise?: number;
  readonly seed?: number;
}

const runtime = createNodeRuntime({ threads: 1 });

/** Classes around random centres, text features near those. The same at every run; the random stream is new at every call. */
export function drawProblem(shape: ProblemShape = {}): FeatureProblem {
  const { counts = [4, 4, 4], width = 6, words = true, noise = 0.7, textNoise = 1, seed = 1 } = shape;
  const random = createRandom(seed);
  const draw = (size: number) => random.normal(size);
  const centres = counts.map(() => Array.from({ length: width }, () => draw(1)));
  const matrix = (rows: readonly (readonly number[])[]) =>
    normalizeFeatures(createTensor("float32", [rows.length, width], Float32Array.from(rows.flat())));
  const labels = counts.flatMap((count, label) => Array<number>(count).fill(label));
  const features = matrix(labels.map((label) => (centres[label] ?? []).map((x) => x + draw(noise))));
  const textFeatures = matrix(centres.map((centre) => centre.map((x) => x + draw(textNoise))));
  return {
    features,
    labels,
    classCount: counts.length,
    ...(words && { textFeatures }),
    logitScale: 10,
    runtime,
    random: createRandom(seed),
  };
}

/** The problem with its pictures in another order: picture i is the old picture `order[i]`. */
export function reorder(problem: FeatureProblem, order: readonly number[]): FeatureProblem {
  const width = problem.features.shape[1] ?? 0;
  const data = order.flatMap((picture) => [
    ...problem.features.data.subarray(picture * width, (picture + 1) * width),
  ]);
  return {
    ...problem,
    features: createTensor("float32", [order.length, width], Float32Array.from(data)),
    labels: order.map((picture) => problem.labels[picture] ?? 0),
  };
}

/** The problem without one picture. */
export function without(problem: FeatureProblem, picture: number): FeatureProblem {
  return reorder(
    problem,
    problem.labels.map((_, index) => index).filter((index) => index !== picture),
  );
}
