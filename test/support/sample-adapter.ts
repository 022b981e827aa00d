import { normalizeFeatures } from "../../src/tensor/normalize-features.ts";
import type { Adapter } from "../../src/training/adapter.ts";
import { seededTensor } from "./seeded-tensor.ts";

/** A small adapter of three classes, two of which have one name, at joint width 4 and text width 6. */
export function sampleAdapter(change: Partial<Adapter> = {}): Adapter {
  const draw = seededTensor(1);
  return {
    method: "lamm",
    baseModel: {
      id: "openai/clip-vit-base-patch16",
      weightsHash: "ab".repeat(32),
      preprocessing: "size=224",
    },
    classNames: ["missile", 'a "quoted" läma', "missile"],
    template: "a photo of a {}.",
    logitScale: 99.99999237060547,
    config: { schedule: "fast", seed: 1, loss: { features: 1 } },
    textFeatures: normalizeFeatures(draw([3, 4], 1)),
    originalTextFeatures: normalizeFeatures(draw([3, 4], 1)),
    parameters: { token_classes: draw([3, 2, 6], 0.02) },
    ...change,
  };
}
