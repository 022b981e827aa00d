import type { ClipCheckpoint } from "../clip/clip-checkpoint.ts";
import type { Preprocessing } from "../clip/preprocess.ts";
import type { LabelledPicture } from "../data/image-folder.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { BaseModel } from "../training/adapter.ts";
import type { PixelSet } from "../training/pixel-set.ts";
import type { EncodedPictures, EncodeOptions, UnreadablePicture } from "./encode-pictures.ts";
import type { OpenModel } from "./open-model.ts";

/** Views of pictures, and the image tower that sees them. */
export interface ViewOptions {
  /** Augmented views of each picture, 1 for the centre crop alone. */
  readonly views: number;
  /** Of the augmented views. */
  readonly seed: number;
}

/** Pictures to test on. */
export interface TestPart {
  /** `all` where the pictures are not divided. */
  readonly split: "test" | "val" | "all";
  readonly pictures: readonly LabelledPicture[];
}

/** Pictures to learn from. */
export interface TrainingPool {
  readonly pictures: readonly LabelledPicture[];
  /** Whether they are a draw of as many of each class as were asked for already. */
  readonly isDrawn: boolean;
}

/** Pixels of the pictures that could be read, and the others. */
export interface PreparedPixels {
  readonly pixels: PixelSet;
  /** Index into the pictures, for each of the set's. */
  readonly indices: readonly number[];
  readonly unreadable: readonly UnreadablePicture[];
}

/**
 * Labelled pictures, wherever they are from: a folder with one sub-folder a class and a model to encode them, or a file of
 * features that were computed before.
 */
export interface PictureSource {
  /** Path of the folder or file. */
  readonly path: string;
  readonly classNames: readonly string[];
  /** Names of the classes' folders where there are such, else the names, for errors. */
  readonly classFolders: readonly string[];
  readonly runtime: Runtime;
  /** Absent for features without a model: then there are no words but those of the file. */
  readonly clip?: ClipCheckpoint;
  /** What adapters say of it. */
  readonly baseModel: BaseModel;
  /** Text features that came with the pictures, normalised, float32 `[C, D]`. */
  readonly textFeatures?: Tensor<"float32">;
  /**
   * Pictures to learn from: the `train` part, or all where the pictures are not divided.
   *
   * @param shots K, where a draw of that size may be there already
   * @throws {DataError} if there are none
   */
  trainingPool(shots: number | undefined): TrainingPool;
  /** The `test` part, else the `val` part, else everything. */
  readonly testPart: TestPart;
  /** Whether there is a part to learn from beside a part to test on, so that `trainingPool` and `testPart` share no picture. */
  readonly isDivided: boolean;
  /**
   * Normalised image features.
   *
   * @param options `imagePrompts` are learned prompts of the image tower
   * @returns `undefined` where the signal stopped it
   * @throws {DataError} if views or prompts are asked of a file of features
   */
  encode(
    pictures: readonly LabelledPicture[],
    options: EncodeOptions & ViewOptions & { readonly imagePrompts?: readonly Tensor<"float32">[] },
  ): Promise<EncodedPictures | undefined>;
  /**
   * Pixels, for methods that train through the image tower.
   *
   * @returns `undefined` where the signal stopped it
   * @throws {ConfigError} if there are no pictures behind the features
   */
  preparePixels(
    pictures: readonly LabelledPicture[],
    options: EncodeOptions & ViewOptions,
  ): Promise<PreparedPixels | undefined>;
}

/** A model's part in a {@link PictureSource}. */
export type SourceModel = OpenModel | { readonly runtime: Runtime; readonly preprocessing?: Preprocessing };
