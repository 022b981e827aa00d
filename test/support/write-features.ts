import { writeFileSync } from "node:fs";
import { writeSafetensors } from "../../src/clip/checkpoint/write-safetensors.ts";
import { createTensor, type Tensor } from "../../src/tensor/tensor.ts";

/** What a file of features is written with. */
export interface WriteFeaturesOptions {
  /** JSON beside it; none where this is `undefined`. */
  readonly classNames?: unknown;
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Writes a file of features, and its class names beside it.
 *
 * @param path ends in `.safetensors`
 * @returns the path
 */
export function writeFeatures(
  path: string,
  tensors: Readonly<Record<string, Tensor>>,
  { classNames, metadata = {} }: WriteFeaturesOptions = {},
): string {
  const pieces = writeSafetensors(new Map(Object.entries(tensors)), new Map(Object.entries(metadata)));
  writeFileSync(path, Buffer.concat(pieces));
  if (classNames !== undefined) {
    writeFileSync(path.replace(/\.safetensors$/, ".json"), JSON.stringify(classNames));
  }
  return path;
}

/** Features that differ by class and a little by picture, and int64 labels: as tensors of a set of that name. */
export function featureSet(
  name: string,
  labels: readonly number[],
  { width = 4, shift = 0 }: { readonly width?: number; readonly shift?: number } = {},
): Record<string, Tensor> {
  const data = labels.flatMap((label, picture) =>
    Array.from({ length: width }, (_, i) =>
      i === label % width ? 1 : 0.1 * Math.sin(7 * picture + i + shift),
    ),
  );
  return {
    [`${name}.features`]: createTensor("float32", [labels.length, width], Float32Array.from(data)),
    [`${name}.labels`]: createTensor("int64", [labels.length], BigInt64Array.from(labels, BigInt)),
  };
}
