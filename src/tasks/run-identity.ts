import { createHash } from "node:crypto";
import type { Tensor } from "../tensor/tensor.ts";
import type { FeatureSet } from "../training/feature-set.ts";
import type { PixelSet } from "../training/pixel-set.ts";
import type { TrainConfig } from "../training/train-config.ts";
import { VERSION } from "../version.ts";
import type { PictureSource } from "./picture-source.ts";

/** Everything that the result of a training run depends on. */
export interface RunIngredients {
  readonly source: Pick<PictureSource, "runtime" | "baseModel" | "classNames">;
  readonly config: TrainConfig;
  readonly data: FeatureSet | PixelSet;
  /** What the run builds on, such as the digest of an adapter that classes are added to. */
  readonly base?: string;
  /** Text features that came with the pictures, where the run depends on them. */
  readonly words?: Tensor<"float32"> | undefined;
}

/** A text that two runs share if and only if they end with the same weights: a checkpoint of one may continue the other. */
export function runIdentity({ source, config, data, base, words }: RunIngredients): string {
  const values = "crops" in data ? data.crops : data.features.data;
  const pictures = digestOfValues(values);
  const ingredients = {
    version: VERSION,
    runtime: source.runtime.name,
    weights: source.baseModel.weightsHash,
    config,
    classNames: source.classNames,
    pictures,
    labels: data.labels,
    base,
    words: words && digestOfValues(words.data),
  };
  return createHash("sha256").update(JSON.stringify(ingredients)).digest("hex");
}

function digestOfValues({ buffer, byteOffset, byteLength }: Float32Array | Uint8Array): string {
  return createHash("sha256")
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest("hex");
}
