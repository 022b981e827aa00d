import { statSync } from "node:fs";
import { findPictures } from "../data/find-pictures.ts";
import { DataError } from "../errors.ts";
import { type Adapter, checkAdapterFits } from "../training/adapter.ts";
import { type Guess, rowsOf, topGuesses } from "../training/metrics.ts";
import { type EncodeOptions, encodePictures, type UnreadablePicture } from "./encode-pictures.ts";
import type { OpenModel } from "./open-model.ts";
import { scorePictures } from "./score-pictures.ts";

/** What a picture probably shows. */
export interface Prediction {
  readonly path: string;
  /** Most probable classes, in falling order. */
  readonly guesses: readonly (Guess & { readonly className: string })[];
}

/** Predictions for the pictures that could be read, and the others. */
export interface Predictions {
  readonly predictions: readonly Prediction[];
  readonly unreadable: readonly UnreadablePicture[];
}

/**
 * Classifies pictures.
 *
 * @param paths picture files, and folders whose pictures are meant
 * @param options `top` is how many classes to give for each picture, 3 if not given; `name` of the adapter's file
 * @returns `undefined` where the signal stopped it
 * @throws {ModelFileError} if the adapter belongs to another model
 * @throws {DataError} if there is no such file, or not one picture can be read
 */
export async function predictPictures(
  model: OpenModel,
  adapter: Adapter,
  paths: readonly string[],
  {
    top = 3,
    name = "adapter",
    ...options
  }: EncodeOptions & { readonly top?: number; readonly name?: string } = {},
): Promise<Predictions | undefined> {
  checkAdapterFits(name, adapter, model.baseModel);
  const files = expandPictures(paths);
  const { runtime, clip } = model;
  const scored = await scorePictures(adapter, {
    runtime,
    clip,
    where: paths.join(", "),
    encode: (imagePrompts) =>
      encodePictures(model, files, { ...options, views: 1, seed: 0, ...(imagePrompts && { imagePrompts }) }),
  });
  if (scored === undefined) return undefined;
  const predictions = rowsOf(scored.logits).map((row, index) => ({
    path: files[scored.indices[index] ?? 0] ?? "",
    guesses: topGuesses(row, top).map((guess) => ({
      ...guess,
      className: adapter.classNames[guess.label] ?? "",
    })),
  }));
  return { predictions, unreadable: scored.unreadable };
}

/**
 * Picture files of a list that may name folders as well.
 *
 * @throws {DataError} if there is no such file, or no picture in a folder
 */
export function expandPictures(paths: readonly string[]): readonly string[] {
  return paths.flatMap(expandPath);
}

function expandPath(path: string): readonly string[] {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined)
    throw new DataError({ where: path, expected: "a picture or a folder", got: "no such file" });
  if (!stats.isDirectory()) return [path];
  const { paths } = findPictures(path);
  if (paths.length === 0)
    throw new DataError({ where: path, expected: "pictures in the folder", got: "none" });
  return paths;
}
