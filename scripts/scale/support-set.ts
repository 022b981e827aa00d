import { normalizeFeatures } from "../../src/tensor/normalize-features.ts";
import { createTensor } from "../../src/tensor/tensor.ts";
import type { FeatureSet } from "../../src/training/feature-set.ts";
import { createStream, fillNormal } from "../random-checkpoint/fill-normal.ts";

/** Rows that are normalised at a time, so that no second array of all features is needed. */
const ROWS_AT_ONCE = 4096;

/**
 * Pictures of classes in turn, as random unit features.
 *
 * @returns features `[pictures, 1, width]`
 */
export function randomSupportSet({
  classes,
  pictures,
  width,
}: {
  readonly classes: number;
  readonly pictures: number;
  readonly width: number;
}): FeatureSet {
  const data = new Float32Array(pictures * width);
  fillNormal(data, createStream("pictures"), { mean: 0, deviation: 1 });
  for (let start = 0; start < pictures; start += ROWS_AT_ONCE) {
    const rows = Math.min(ROWS_AT_ONCE, pictures - start);
    const block = data.subarray(start * width, (start + rows) * width);
    block.set(normalizeFeatures(createTensor("float32", [rows, width], block)).data);
  }
  return {
    features: createTensor("float32", [pictures, 1, width], data),
    labels: Array.from({ length: pictures }, (_, picture) => picture % classes),
  };
}
