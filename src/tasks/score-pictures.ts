import type { ClipCheckpoint } from "../clip/clip-checkpoint.ts";
import { DataError } from "../errors.ts";
import type { Method } from "../methods/method.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { readFloat32 } from "../tensor/node/read-tensor.ts";
import { createTensor, type Tensor } from "../tensor/tensor.ts";
import type { Adapter } from "../training/adapter.ts";
import { openClassifier } from "../training/classifier.ts";
import { featureBlocks } from "../training/feature-blocks.ts";
import type { EncodedPictures, UnreadablePicture } from "./encode-pictures.ts";

/** Pictures that an adapter has scored. */
export interface ScoredPictures {
  /** Normalised features, by the adapter's own image tower where it has prompts for that, float32 `[N, D]`. */
  readonly features: Tensor<"float32">;
  /** Index into the pictures, for each row of the features. */
  readonly indices: readonly number[];
  readonly unreadable: readonly UnreadablePicture[];
}

/** What pictures are scored with. */
export interface ScoringOptions {
  readonly runtime: Runtime;
  /** Needed where prompts depend on the picture. */
  readonly clip?: ClipCheckpoint;
  /** Methods to choose from; all that come with the library if not given. */
  readonly methods?: readonly Method[] | undefined;
  /** Where the pictures are from, as errors show it. */
  readonly where: string;
  /** Takes the logits, float32 `[n, C]`, in blocks that fit into memory, in the order of the pictures. */
  readonly onLogits: (logits: Tensor<"float32">) => void;
  /** Encodes the centre crops by an image tower with these prompts; `undefined` where a signal stopped it. */
  encode(imagePrompts: readonly Tensor<"float32">[] | undefined): Promise<EncodedPictures | undefined>;
}

/**
 * Encodes pictures and scores them.
 *
 * @returns `undefined` where the signal stopped it
 * @throws {DataError} if not one picture can be read
 */
export async function scorePictures(
  adapter: Adapter,
  { runtime, clip, methods, where, onLogits, encode }: ScoringOptions,
): Promise<ScoredPictures | undefined> {
  const encoded = await encode(adapter.imagePrompts);
  if (encoded === undefined) return undefined;
  checkAnyReadable(where, encoded.indices.length, encoded.unreadable);
  const features = centreFeatures(encoded);
  const classifier = openClassifier({
    adapter,
    runtime,
    ...(clip && { clip }),
    ...(methods && { methods }),
    readFloat32,
  });
  try {
    const classCount = adapter.classNames.length;
    for (const block of featureBlocks(features, { classCount })) onLogits(await classifier.score(block));
    return { features, indices: encoded.indices, unreadable: encoded.unreadable };
  } finally {
    await classifier.release();
  }
}

/** Features of pictures that were encoded in one view, `[N, D]`. */
export function centreFeatures({ features }: Pick<EncodedPictures, "features">): Tensor<"float32"> {
  const [count = 0, , width = 0] = features.shape;
  return createTensor("float32", [count, width], features.data);
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
