import { createHash } from "node:crypto";
import { createImageEncoder, DEFAULT_BATCH_SIZE, type ImageEncoder } from "../clip/image-encoder.ts";
import { type EncodingProgress, encodeImages, type UnreadablePicture } from "../data/encode-images.ts";
import { openFeatureCache } from "../data/feature-cache.ts";
import { normalizeFeatures } from "../tensor/normalize-features.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { OpenModel } from "./open-model.ts";

export type { EncodingProgress, UnreadablePicture };

/** How pictures are encoded, and how that is watched. */
export interface EncodeOptions {
  /** File in which features are kept, or `false` for none; in the user's cache folder if not given. */
  readonly cache?: string | false;
  /** Called with a sentence about something that the user may want to know, such as a cache that cannot be written. */
  readonly onNotice?: (notice: string) => void;
  readonly onEncode?: (progress: EncodingProgress) => void;
  /** Stops between two batches; what is encoded by then is in the cache. */
  readonly signal?: AbortSignal;
}

/** Features of the pictures that could be read, and the others. */
export interface EncodedPictures {
  /** Normalised, float32 `[N, V, D]`, in the order of the readable paths. */
  readonly features: Tensor<"float32">;
  /** Index into the paths, for each row of the features. */
  readonly indices: readonly number[];
  readonly unreadable: readonly UnreadablePicture[];
}

/**
 * Normalised image features of picture files, from the cache where it has them.
 *
 * @param options `views` are the augmented views of each picture, 1 for the centre crop alone, `seed` is theirs; `imagePrompts`
 *   are learned prompts of the image tower
 * @returns `undefined` where the signal stopped it
 */
export async function encodePictures(
  model: OpenModel,
  paths: readonly string[],
  options: EncodeOptions & {
    readonly views: number;
    readonly seed: number;
    readonly imagePrompts?: readonly Tensor<"float32">[];
  },
): Promise<EncodedPictures | undefined> {
  const { clip, runtime, preprocessing } = model;
  // Where the cache has everything the image tower is never loaded.
  let encoder: Promise<ImageEncoder> | undefined;
  const encodeBatch = async (pixels: Float32Array) => {
    encoder ??= createImageEncoder(runtime, clip, imagePrompts ? { prompts: imagePrompts } : {});
    return (await encoder).encode(pixels);
  };
  const { onEncode, signal, views, seed, imagePrompts } = options;
  const cache = openCache(towerHash(model, imagePrompts), model, options);
  try {
    const { features, indices, unreadable } = await encodeImages({
      pictures: paths,
      views,
      seed,
      preprocessing,
      encodeBatch,
      batchSize: DEFAULT_BATCH_SIZE,
      ...(cache && { cache }),
      ...(onEncode && { onProgress: onEncode }),
      ...(signal && { signal }),
    });
    return { features: normalizeFeatures(features), indices, unreadable };
  } catch (error) {
    if (signal?.aborted) return undefined;
    throw error;
  } finally {
    // Before training: the memory of the image tower is larger than that of a training step.
    await (await encoder)?.release();
    cache?.close();
  }
}

/** What features depend on besides the pictures: the weights, and the prompts where there are some. */
function towerHash(
  { baseModel: { weightsHash } }: OpenModel,
  imagePrompts: readonly Tensor<"float32">[] | undefined,
): string {
  if (imagePrompts === undefined) return weightsHash;
  const hash = createHash("sha256").update(weightsHash);
  for (const { data } of imagePrompts)
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return hash.digest("hex");
}

function openCache(
  weightsHash: string,
  { baseModel: { preprocessing } }: OpenModel,
  { cache, onNotice = () => {} }: EncodeOptions,
) {
  if (cache === false) return undefined;
  return openFeatureCache({
    preprocessing,
    weightsHash,
    onWarning: onNotice,
    ...(cache !== undefined && { file: cache }),
  });
}
