import { takeRows } from "../tensor/take-rows.ts";
import type { FeatureSet } from "./feature-set.ts";
import type { PixelSet } from "./pixel-set.ts";

/**
 * Some of the pictures of a set.
 *
 * @param pictures indices into it
 */
export function subsetOf(data: FeatureSet | PixelSet, pictures: readonly number[]): FeatureSet | PixelSet {
  const labels = pictures.map((picture) => data.labels[picture] ?? 0);
  if ("crops" in data) {
    const size = data.crops.length / data.labels.length;
    const crops = new Uint8Array(pictures.length * size);
    for (const [row, picture] of pictures.entries()) {
      crops.set(data.crops.subarray(picture * size, (picture + 1) * size), row * size);
    }
    return { ...data, crops, labels };
  }
  return { features: takeRows(data.features, pictures), labels };
}
