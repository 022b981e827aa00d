import { zeroShotFeatures } from "../clip/zero-shot.ts";
import { ConfigError } from "../errors.ts";
import { readFloat32 } from "../tensor/node/read-tensor.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Evaluation } from "../training/metrics.ts";
import type { EncodeOptions, UnreadablePicture } from "./encode-pictures.ts";
import { scoreFeatures } from "./evaluate.ts";
import { openPictureSource } from "./open-picture-source.ts";
import type { PictureSource, SourceModel, TestPart } from "./picture-source.ts";
import { checkAnyReadable } from "./score-pictures.ts";

/** Prompt that is used where none is given. */
export const DEFAULT_TEMPLATE = "a photo of a {}.";

/** How CLIP did on a folder with nothing but the class names. */
export interface ZeroShotResult {
  /** Part of the folder that was used. */
  readonly split: TestPart["split"];
  readonly classNames: readonly string[];
  readonly templates: readonly string[];
  readonly evaluation: Evaluation;
  readonly unreadable: readonly UnreadablePicture[];
}

/**
 * Classifies a folder's `test` part (`val` where it has none, all of it where it has neither), or that of a file of features, by
 * the class names alone.
 *
 * @param options `templates` with `{}` for the class name; several are averaged
 * @returns `undefined` where the signal stopped it
 * @throws {DataError} if the folder has no classes or no readable picture
 * @throws {ConfigError} if a template has not one `{}`, or there are features without text features and without a model
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
  { templates = [DEFAULT_TEMPLATE], ...options }: ZeroShotOptions = {},
): Promise<ZeroShotResult | undefined> {
  const { classNames, path } = source;
  const { split, pictures } = source.testPart;
  const textFeatures = await wordFeatures(source, templates);
  const encoded = await source.encode(pictures, { ...options, views: 1, seed: 0 });
  if (encoded === undefined) return undefined;
  checkAnyReadable(path, encoded.indices.length, encoded.unreadable);
  const labels = encoded.indices.map((index) => pictures[index]?.label ?? 0);
  const evaluation = scoreFeatures(encoded.features, textFeatures, labels);
  return { split, classNames, templates, evaluation, unreadable: encoded.unreadable };
}

/**
 * Text features of the class names alone, normalised, float32 `[C, D]`.
 *
 * @throws {ConfigError} if there are features without text features and without a model
 */
export async function wordFeatures(
  { clip, runtime, classNames, textFeatures, path }: PictureSource,
  templates: readonly string[],
): Promise<Tensor<"float32">> {
  if (clip !== undefined) return zeroShotFeatures(runtime, clip, { classNames, templates, readFloat32 });
  if (textFeatures !== undefined) return textFeatures;
  throw new ConfigError({
    where: path,
    expected: "text features in the file, or the model that its features are from",
    got: "neither",
    fix: "Name the model with --model.",
  });
}
