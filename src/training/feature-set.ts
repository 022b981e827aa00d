import { createTensor, type Tensor } from "../tensor/tensor.ts";

/** Pictures of one step, as features. */
export interface FeatureBatch {
  /** Normalised image features, float32 `[B, D]`. */
  readonly features: Tensor<"float32">;
  /** Class of each picture, int64 `[B]`. */
  readonly labels: Tensor<"int64">;
}

/** Pictures of one step, as the image tower takes them. */
export interface PixelBatch {
  /** float32 `[B, 3, R, R]`. */
  readonly pixels: Tensor<"float32">;
  /** Class of each picture, int64 `[B]`. */
  readonly labels: Tensor<"int64">;
}

/** Pictures of one step. */
export type Batch = FeatureBatch | PixelBatch;

/** Pictures to learn from, of which steps take batches. */
export interface BatchSource {
  /** Class of each picture, `[N]`. */
  readonly labels: readonly number[];
  /** Views V of each picture. */
  readonly viewCount: number;
  /**
   * Some pictures, one view of each.
   *
   * @param pictures indices into the set
   * @param views the view of each of them
   */
  take(pictures: readonly number[], views: readonly number[]): Batch;
  /** All views of all pictures as one batch. */
  takeWhole(): Batch;
}

/** Pictures to learn from, as normalised image features of one or several views each. */
export interface FeatureSet {
  /** float32 `[N, V, D]`. */
  readonly features: Tensor<"float32">;
  /** Class of each picture, `[N]`. */
  readonly labels: readonly number[];
}

/** Batches of features. */
export function featureBatches(set: FeatureSet): BatchSource {
  return {
    labels: set.labels,
    viewCount: set.features.shape[1] ?? 1,
    take: (pictures, views) => takeBatch(set, pictures, views),
    takeWhole: () => takeWhole(set),
  };
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
    labels: labelTensor(pictures.map((picture) => labels[picture] ?? 0)),
  };
}

/** All views of all pictures as one batch, without copying the features. */
export function takeWhole({ features, labels }: FeatureSet): FeatureBatch {
  const [count = 0, viewCount = 1, width = 0] = features.shape;
  const repeated = labels.flatMap((label) => Array<number>(viewCount).fill(label));
  return {
    features: createTensor("float32", [count * viewCount, width], features.data),
    labels: labelTensor(repeated),
  };
}

/** Labels as graphs take them, int64 `[B]`. */
export function labelTensor(labels: readonly number[]): Tensor<"int64"> {
  return createTensor("int64", [labels.length], BigInt64Array.from(labels, BigInt));
}
