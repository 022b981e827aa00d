import type { NamedTensors } from "../../src/clip/checkpoint/layouts.ts";
import { DataError } from "../../src/errors.ts";
import { readFloat32 } from "../../src/tensor/node/read-tensor.ts";
import { createTensor, type StoredTensor, type Tensor } from "../../src/tensor/tensor.ts";

/** Features of pictures with their classes. */
export interface LabelledFeatures {
  /** float32 `[N, D]`. */
  readonly features: Tensor<"float32">;
  /** `[N]`. */
  readonly labels: readonly number[];
}

/** One support set of a file of features, and the pictures to judge by. */
export interface FeatureData {
  readonly train: LabelledFeatures;
  readonly judged: LabelledFeatures;
  /** float32 `[C, D]`; absent where the file has none. */
  readonly textFeatures?: Tensor<"float32">;
  readonly classCount: number;
}

/**
 * Reads `train<K>` and one other split of a file of features.
 *
 * @throws {DataError} if a tensor is missing
 */
export function readFeatureFile(
  tensors: NamedTensors,
  { shots, split }: { shots: number; split: string },
): FeatureData {
  const train = readSplit(tensors, `train${shots}`);
  const text = tensors.get("text.features");
  return {
    train,
    judged: readSplit(tensors, split),
    ...(text !== undefined && { textFeatures: readMatrix(text) }),
    classCount: Math.max(...train.labels) + 1,
  };
}

function readSplit(tensors: NamedTensors, split: string): LabelledFeatures {
  const stored = (name: string) => {
    const tensor = tensors.get(`${split}.${name}`);
    if (tensor !== undefined) return tensor;
    throw new DataError({ where: "file of features", expected: `a tensor ${split}.${name}`, got: "none" });
  };
  return { features: readMatrix(stored("features")), labels: [...readFloat32(stored("labels"))] };
}

function readMatrix(stored: StoredTensor): Tensor<"float32"> {
  return createTensor("float32", stored.shape, readFloat32(stored));
}
