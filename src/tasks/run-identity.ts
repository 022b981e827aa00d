import { createHash } from "node:crypto";
import type { TrainConfig } from "../training/train-config.ts";
import { VERSION } from "../version.ts";
import type { EncodedPictures } from "./encode-pictures.ts";
import type { OpenModel } from "./open-model.ts";

/** Everything that the result of a training run depends on. */
export interface RunIngredients {
  readonly model: OpenModel;
  readonly config: TrainConfig;
  readonly classNames: readonly string[];
  readonly encoded: EncodedPictures;
  readonly labels: readonly number[];
}

/** A text that two runs share if and only if they end with the same weights: a checkpoint of one may continue the other. */
export function runIdentity({ model, config, classNames, encoded, labels }: RunIngredients): string {
  const { data } = encoded.features;
  const features = createHash("sha256")
    .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    .digest("hex");
  const ingredients = {
    version: VERSION,
    runtime: model.runtime.name,
    weights: model.clip.weightsHash,
    config,
    classNames,
    features,
    labels,
  };
  return createHash("sha256").update(JSON.stringify(ingredients)).digest("hex");
}
