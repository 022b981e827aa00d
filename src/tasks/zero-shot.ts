import { zeroShotFeatures } from "../clip/zero-shot.ts";
import { ConfigError } from "../errors.ts";
import { readFloat32 } from "../tensor/node/read-tensor.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Evaluation } from "../training/metrics.ts";
import type { EncodeOptions, UnreadablePicture } from "./encode-pictures.ts";
import { scoreFeatures } from "./evaluate.ts";
import { openPictureSource } from "./open-picture-source.ts";
import { ownWords } from "./own-words.ts";
import type { PictureSource, SourceModel, TestPart } from "./picture-source.ts";
import { checkAnyReadable } from "./score-pictures.ts";

/** Prompt that is used where none is given. */
export const DEFAULT_TEMPLATE = "a photo of a {}.";

/** How CLIP did on a folder with nothing but the class names. */
export interface ZeroShotResult {
  /** Part of the folder that was used. */
  readonly split: TestPart["split"];
  readonly classNames: readonly string[];
  /** Prompts that were used; none where the text features came with the pictures. */
  readonly templates: readonly string[];
  readonly evaluation: Evaluation;
  readonly unreadable: readonly UnreadablePicture[];
}

/**
 * Classifies a folder's `test` part (`val` where it has none, all of it where it has neither), or that of a file of features, by
 * the class names alone.
 *
 * @param options `templates` with `{}` for the class name; several are averaged. They go before text features that a file brings
 * @returns `undefined` where the signal stopped it
 * @throws {DataError} if the folder has no classes or no readable picture
 * @throws {ConfigError} if a template has not one `{}` or no model to encode it, or there are features without text features and
 * without a model
 */
export async function evaluateZeroShot(
  model: SourceModel,
  path: string,
  options: ZeroShotOptions = {},
): Promise<ZeroShotResult | undefined> {
  return zeroShotOnSource(openPictureSource(model, path), options);
}

/** Prompts, and how pictures are encoded. */
export interface ZeroShotOptions extends EncodeOptions {
  readonly templates?: readonly string[];
}

/** As {@link evaluateZeroShot}, on pictures that are open already. */
export async function zeroShotOnSource(
  source: PictureSource,
  { templates, ...options }: ZeroShotOptions = {},
): Promise<ZeroShotResult | undefined> {
  const { classNames, path } = source;
  const { split, pictures } = source.testPart;
  const textFeatures = await wordFeatures(source, templates);
  const encoded = await source.encode(pictures, { ...options, views: 1, seed: 0 });
  if (encoded === undefined) return undefined;
  checkAnyReadable(path, encoded.indices.length, encoded.unreadable);
  const labels = encoded.indices.map((index) => pictures[index]?.label ?? 0);
  const evaluation = scoreFeatures(encoded.features, textFeatures, labels);
  const used = textFeatures === source.textFeatures ? [] : (templates ?? [DEFAULT_TEMPLATE]);
  return { split, classNames, templates: used, evaluation, unreadable: encoded.unreadable };
}

/**
 * Text features of the class names alone, normalised, float32 `[C, D]`: those of {@link ownWords}, else the model's.
 *
 * @param templates as they were given; {@link DEFAULT_TEMPLATE} where there are none and the model has to make them
 * @throws {ConfigError} if there are features without text features and without a model, or templates without a model
 */
export async function wordFeatures(
  source: PictureSource,
  templates: readonly string[] | undefined,
): Promise<Tensor<"float32">> {
  const own = ownWords(source, templates);
  if (own !== undefined) return own;
  const { clip, runtime, classNames, path } = source;
  if (clip !== undefined) {
    const prompts = { classNames, templates: templates ?? [DEFAULT_TEMPLATE] };
    return zeroShotFeatures(runtime, clip, { ...prompts, readFloat32 });
  }
  throw new ConfigError({
    where: path,
    expected: "text features in the file, or the model that its features are from",
    got: "neither",
    fix: "Name the model with --model.",
  });
}
