import { DataError } from "../errors.ts";
import { readFloat32 } from "../tensor/node/read-tensor.ts";
import { createTensor, type Tensor } from "../tensor/tensor.ts";
import { type Adapter, checkAdapterFits } from "../training/adapter.ts";
import { openClassifier } from "../training/classifier.ts";
import { type EncodeOptions, encodePictures, type UnreadablePicture } from "./encode-pictures.ts";
import type { OpenModel } from "./open-model.ts";

/** What an adapter says of pictures. */
export interface ScoredPictures {
  /** Normalised features, by the adapter's own image tower where it has prompts for that, float32 `[N, D]`. */
  readonly features: Tensor<"float32">;
  /** float32 `[N, C]`. */
  readonly logits: Tensor<"float32">;
  /** Index into the paths, for each row. */
  readonly indices: readonly number[];
  readonly unreadable: readonly UnreadablePicture[];
}

/**
 * Encodes pictures and scores them.
 *
 * @param paths of picture files
 * @param options `name` of the adapter's file and `where` the pictures are from, as errors show them
 * @returns `undefined` where the signal stopped it
 * @throws {ModelFileError} if the adapter belongs to another model
 * @throws {DataError} if not one picture can be read
 */
export async function scorePictures(
  model: OpenModel,
  adapter: Adapter,
  paths: readonly string[],
  { name, where, ...options }: EncodeOptions & { readonly name: string; readonly where: string },
): Promise<ScoredPictures | undefined> {
  checkAdapterFits(name, adapter, model.baseModel);
  const { imagePrompts } = adapter;
  const encoded = await encodePictures(model, paths, {
    ...options,
    views: 1,
    seed: 0,
    ...(imagePrompts && { imagePrompts }),
  });
  if (encoded === undefined) return undefined;
  checkAnyReadable(where, encoded.indices.length, encoded.unreadable);
  const [count = 0, , width = 0] = encoded.features.shape;
  const features = createTensor("float32", [count, width], encoded.features.data);
  const classifier = openClassifier({ adapter, runtime: model.runtime, clip: model.clip, readFloat32 });
  try {
    return {
      features,
      logits: await classifier.score(features),
      indices: encoded.indices,
      unreadable: encoded.unreadable,
    };
  } finally {
    await classifier.release();
  }
}

/** Throws where not a single picture of a folder could be read. */
export function checkAnyReadable(
  folder: string,
  readable: number,
  unreadable: readonly UnreadablePicture[],
): void {
  if (readable > 0) return;
  throw new DataError({
    where: folder,
    expected: "at least one readable picture",
    got: `${unreadable.length} that cannot be read, the first: ${unreadable[0]?.reason}`,
  });
}
