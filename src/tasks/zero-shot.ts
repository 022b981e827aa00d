import { zeroShotFeatures } from "../clip/zero-shot.ts";
import { readImageFolder } from "../data/image-folder.ts";
import { readFloat32 } from "../tensor/node/read-tensor.ts";
import type { Evaluation } from "../training/metrics.ts";
import { type EncodeOptions, encodePictures, type UnreadablePicture } from "./encode-pictures.ts";
import { scoreFeatures, type TestPart, testPart } from "./evaluate.ts";
import type { OpenModel } from "./open-model.ts";
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
 * Classifies a folder's `test` part (`val` where it has none, all of it where it has neither) by its class names alone.
 *
 * @param options `templates` with `{}` for the class name; several are averaged
 * @returns `undefined` where the signal stopped it
 * @throws {DataError} if the folder has no classes or no readable picture
 * @throws {ConfigError} if a template has not one `{}`
 */
export async function evaluateZeroShot(
  model: OpenModel,
  folder: string,
  {
    templates = [DEFAULT_TEMPLATE],
    ...options
  }: EncodeOptions & { readonly templates?: readonly string[] } = {},
): Promise<ZeroShotResult | undefined> {
  const contents = readImageFolder(folder);
  const { classNames } = contents;
  const { split, pictures } = testPart(contents);
  const textFeatures = await zeroShotFeatures(model.runtime, model.clip, {
    classNames,
    templates,
    readFloat32,
  });
  const paths = pictures.map(({ path }) => path);
  const encoded = await encodePictures(model, paths, { ...options, views: 1, seed: 0 });
  if (encoded === undefined) return undefined;
  checkAnyReadable(folder, encoded.indices.length, encoded.unreadable);
  const labels = encoded.indices.map((index) => pictures[index]?.label ?? 0);
  const evaluation = scoreFeatures(encoded.features, textFeatures, labels);
  return { split, classNames, templates, evaluation, unreadable: encoded.unreadable };
}
