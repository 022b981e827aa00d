import { sampleShots } from "../data/few-shot-sampling.ts";
import type { LabelledPicture } from "../data/image-folder.ts";
import { type EncodeOptions, encodePictures, type UnreadablePicture } from "../tasks/encode-pictures.ts";
import { scoreFeatures } from "../tasks/evaluate.ts";
import type { OpenModel } from "../tasks/open-model.ts";
import { createRandom } from "../tensor/random.ts";
import { takeRows } from "../tensor/take-rows.ts";
import { createTensor, type Tensor } from "../tensor/tensor.ts";
import type { FeatureSet } from "../training/feature-set.ts";
import type { Evaluation } from "../training/metrics.ts";

/** Pictures as normalised features, with their classes. */
export interface EncodedSet {
  /** float32 `[N, D]`. */
  readonly features: Tensor<"float32">;
  /** `[N]`. */
  readonly labels: readonly number[];
}

/** Encoded picture files. */
export interface EncodedFiles extends EncodedSet {
  /** Files of the pictures, in the order of their features. */
  readonly paths: readonly string[];
  readonly unreadable: readonly UnreadablePicture[];
}

/**
 * Encodes the centre crop of each picture.
 *
 * @returns `undefined` where the signal stopped it
 */
export async function encodeSet(
  model: OpenModel,
  pictures: readonly LabelledPicture[],
  options: EncodeOptions,
): Promise<EncodedFiles | undefined> {
  const paths = pictures.map(({ path }) => path);
  const encoded = await encodePictures(model, paths, { ...options, views: 1, seed: 0 });
  if (encoded === undefined) return undefined;
  const { features, indices, unreadable } = encoded;
  const [count = 0, , width = 0] = features.shape;
  return {
    features: createTensor("float32", [count, width], features.data),
    labels: indices.map((index) => pictures[index]?.label ?? 0),
    paths: indices.map((index) => paths[index] ?? ""),
    unreadable,
  };
}

/**
 * Compares the nearest text feature of each picture with its label.
 *
 * @param textFeatures float32 `[C, D]`
 */
export function scoreSet({ features, labels }: EncodedSet, textFeatures: Tensor<"float32">): Evaluation {
  const [count = 0, width = 0] = features.shape;
  return scoreFeatures({ ...features, shape: [count, 1, width] }, textFeatures, labels);
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
  const taken = takeRows(
    features,
    drawn.map(({ index }) => index),
  );
  const [count = 0, width = 0] = taken.shape;
  return {
    features: createTensor("float32", [count, 1, width], taken.data),
    labels: drawn.map(({ label }) => label),
  };
}
