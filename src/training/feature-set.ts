import { createTensor, type Tensor } from "../tensor/tensor.ts";
import type { FeatureBatch } from "./prompt-objective.ts";

/** Pictures to learn from, as normalised image features of one or several views each. */
export interface FeatureSet {
  /** float32 `[N, V, D]`. */
  readonly features: Tensor<"float32">;
  /** Class of each picture, `[N]`. */
  readonly labels: readonly number[];
}

/**
 * Some pictures, one view of each, as a batch.
 *
 * @param pictures indices into the set
 * @param views the view of each of them
 */
export function takeBatch(
  { features, labels }: FeatureSet,
  pictures: readonly number[],
  views: readonly number[],
): FeatureBatch {
  const [, viewCount = 1, width = 0] = features.shape;
  const data = new Float32Array(pictures.length * width);
  pictures.forEach((picture, row) => {
    const start = (picture * viewCount + (views[row] ?? 0)) * width;
    data.set(features.data.subarray(start, start + width), row * width);
  });
  return {
    features: createTensor("float32", [pictures.length, width], data),
    labels: createTensor(
      "int64",
      [pictures.length],
      BigInt64Array.from(pictures, (picture) => BigInt(labels[picture] ?? 0)),
    ),
  };
}

/** All views of all pictures as one batch, without copying the features. */
export function takeWhole({ features, labels }: FeatureSet): FeatureBatch {
  const [count = 0, viewCount = 1, width = 0] = features.shape;
  const repeated = labels.flatMap((label) => Array<bigint>(viewCount).fill(BigInt(label)));
  return {
    features: createTensor("float32", [count * viewCount, width], features.data),
    labels: createTensor("int64", [count * viewCount], BigInt64Array.from(repeated)),
  };
}
