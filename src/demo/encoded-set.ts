import { sampleShots } from "../data/few-shot-sampling.ts";
import { createRandom } from "../tensor/random.ts";
import { createTensor, type Tensor } from "../tensor/tensor.ts";
import type { FeatureSet } from "../training/feature-set.ts";

/** Pictures as normalised features, with their classes. */
export interface EncodedSet {
  /** float32 `[N, D]`. */
  readonly features: Tensor<"float32">;
  /** `[N]`. */
  readonly labels: readonly number[];
}

/**
 * Draws shots of some classes.
 *
 * @param classes those to draw, in the order of their new labels
 */
export function drawShots(
  { features, labels }: EncodedSet,
  {
    shots,
    seed,
    classes,
  }: { readonly shots: number; readonly seed: number; readonly classes: readonly number[] },
): FeatureSet {
  const pool = labels.flatMap((label, index) => {
    const place = classes.indexOf(label);
    return place === -1 ? [] : [{ label: place, index }];
  });
  const drawn = sampleShots({ train: pool }, { shots, random: createRandom(seed) }).train;
  const [, width = 0] = features.shape;
  const data = new Float32Array(drawn.length * width);
  drawn.forEach(({ index }, row) => {
    data.set(features.data.subarray(index * width, (index + 1) * width), row * width);
  });
  return {
    features: createTensor("float32", [drawn.length, 1, width], data),
    labels: drawn.map(({ label }) => label),
  };
}
