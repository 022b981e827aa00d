import type { LabelledPicture } from "../data/image-folder.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { findNearDuplicates } from "../training/near-duplicates.ts";
import type { EncodeOptions } from "./encode-pictures.ts";
import type { PictureSource } from "./picture-source.ts";
import { centreFeatures } from "./score-pictures.ts";

/** A test picture that looks the same as one that may have been learned from. */
export interface DuplicatePicture {
  /** Path of the training picture. */
  readonly train: string;
  /** Path of the test picture. */
  readonly test: string;
  /** Cosine of their features, in [-1, 1]. */
  readonly cosine: number;
}

/** Near-duplicates between the pictures to learn from and those to test on. */
export interface DuplicatePictures {
  /** By falling cosine, at most 100. */
  readonly pairs: readonly DuplicatePicture[];
  /** All pairs, those that are not listed too. */
  readonly total: number;
}

/** Where near-duplicates are looked for. */
export interface DuplicateOptions extends EncodeOptions {
  /** Pictures that were learned from. */
  readonly learned: readonly LabelledPicture[];
  /** Test pictures that could be read. */
  readonly test: readonly LabelledPicture[];
  /** Their features by the image tower as it is, without learned prompts: normalised, float32 `[N, D]`. */
  readonly testFeatures: Tensor<"float32">;
}

/**
 * Looks for near-duplicates of the test pictures among those to learn from, on the features of centre crops, which the cache has
 * for pictures that were learned from; others are encoded. Training pictures that cannot be read are passed over.
 *
 * @returns `undefined` where the signal stopped it
 * @see findNearDuplicates for what counts as one
 */
export async function findDuplicatePictures(
  source: Pick<PictureSource, "encode">,
  { learned, test, testFeatures, ...options }: DuplicateOptions,
): Promise<DuplicatePictures | undefined> {
  const encoded = await source.encode(learned, { ...options, views: 1, seed: 0 });
  if (encoded === undefined) return undefined;
  // Not one can be read: there is nothing that a test picture could be the same as.
  if (encoded.indices.length === 0) return { pairs: [], total: 0 };
  const { pairs, total } = findNearDuplicates({ train: centreFeatures(encoded), test: testFeatures });
  return {
    pairs: pairs.map((pair) => ({
      train: learned[encoded.indices[pair.train] ?? 0]?.path ?? "",
      test: test[pair.test]?.path ?? "",
      cosine: pair.cosine,
    })),
    total,
  };
}
