import { createImageEncoder, DEFAULT_BATCH_SIZE } from "../clip/image-encoder.ts";
import { ConfigError } from "../errors.ts";
import { normalizeFeatures } from "../tensor/normalize-features.ts";
import { createTensor, type Tensor } from "../tensor/tensor.ts";
import type { Adapter } from "./adapter.ts";
import { type ClassifierOptions, openClassifier } from "./classifier.ts";
import type { FeatureSet } from "./feature-set.ts";
import { type PixelSet, takePixels } from "./pixel-set.ts";

/**
 * Logits of a set's pictures by an adapter, on their centre crops: what the adapter will see when it is used.
 *
 * @param data pixels where the adapter has prompts for the image tower, else features
 * @returns float32 `[N, C]`
 */
export async function scoreSet(
  adapter: Adapter,
  data: FeatureSet | PixelSet,
  options: Omit<ClassifierOptions, "adapter">,
): Promise<Tensor<"float32">> {
  const features = "crops" in data ? await encodePixels(adapter, data, options) : centreViews(data);
  const classifier = openClassifier({ ...options, adapter });
  try {
    return await classifier.score(features);
  } finally {
    await classifier.release();
  }
}

/** The first view of each picture, which is the centre crop: `[N, D]`. */
export function centreViews({ features }: FeatureSet): Tensor<"float32"> {
  const [count = 0, views = 1, width = 0] = features.shape;
  if (views === 1) return createTensor("float32", [count, width], features.data);
  const data = new Float32Array(count * width);
  for (let picture = 0; picture < count; picture++) {
    const start = picture * views * width;
    data.set(features.data.subarray(start, start + width), picture * width);
  }
  return createTensor("float32", [count, width], data);
}

async function encodePixels(
  { imagePrompts = [], method }: Adapter,
  set: PixelSet,
  { runtime, clip }: Pick<ClassifierOptions, "runtime" | "clip">,
): Promise<Tensor<"float32">> {
  if (clip === undefined) {
    throw new ConfigError({
      where: `scores of "${method}"`,
      expected: "a model to encode pictures",
      got: "none",
    });
  }
  const count = set.labels.length;
  const encoder = await createImageEncoder(runtime, clip, { prompts: imagePrompts });
  try {
    const data = new Float32Array(count * clip.config.jointWidth);
    for (let start = 0; start < count; start += DEFAULT_BATCH_SIZE) {
      // A last batch that is not full is filled up with its last picture.
      const pictures = Array.from({ length: DEFAULT_BATCH_SIZE }, (_, i) => Math.min(start + i, count - 1));
      const { pixels } = takePixels(set, pictures, Array<number>(DEFAULT_BATCH_SIZE).fill(0));
      const found = await encoder.encode(pixels.data);
      const used = Math.min(DEFAULT_BATCH_SIZE, count - start) * clip.config.jointWidth;
      data.set(found.subarray(0, used), start * clip.config.jointWidth);
    }
    return normalizeFeatures(createTensor("float32", [count, clip.config.jointWidth], data));
  } finally {
    await encoder.release();
  }
}
