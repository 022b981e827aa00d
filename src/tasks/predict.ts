import { statSync } from "node:fs";
import { isFeatureFile } from "../data/feature-file.ts";
import { findPictures } from "../data/find-pictures.ts";
import { ConfigError, DataError } from "../errors.ts";
import type { Method } from "../methods/method.ts";
import { type Adapter, type BaseModel, checkAdapterFits } from "../training/adapter.ts";
import { MIN_CLASSES_TO_LEAVE_OUT } from "../training/calibrate.ts";
import { type Guess, rowsOf, topGuesses } from "../training/metrics.ts";
import { isUnknown, type Rejection } from "../training/rejection.ts";
import {
  type EncodedPictures,
  type EncodeOptions,
  encodePictures,
  type UnreadablePicture,
} from "./encode-pictures.ts";
import { checkModelKnown, openFeatureSource } from "./feature-source.ts";
import type { PictureSource, SourceModel } from "./picture-source.ts";
import { scorePictures } from "./score-pictures.ts";

/** What a picture probably shows. */
export interface Prediction {
  readonly path: string;
  /** Whether it looks like none of the classes; only where that was asked for. */
  readonly unknown?: boolean;
  /** Most probable classes, in falling order: of an unknown picture those that it is nearest to. */
  readonly guesses: readonly (Guess & { readonly className: string })[];
}

/** Predictions for the pictures that could be read, and the others. */
export interface Predictions {
  readonly predictions: readonly Prediction[];
  readonly unreadable: readonly UnreadablePicture[];
}

/** How pictures are classified. */
export interface PredictOptions extends EncodeOptions {
  /** Classes to give for each picture, 3 if not given. */
  readonly top?: number;
  /** Whether to tell pictures that look like none of the classes, by the adapter's rejection threshold; not if not given. */
  readonly unknown?: boolean;
  /** Of the adapter's file, as errors show it. */
  readonly name?: string;
  /** Methods to choose from; all that come with the library if not given. */
  readonly methods?: readonly Method[];
}

/**
 * Classifies pictures. Where the adapter is calibrated, probabilities are those of its temperature.
 *
 * @param model of a file of features the one that they are from, or a runtime alone
 * @param paths picture files, and folders whose pictures are meant; or one file of features, whose test pictures are
 * @returns `undefined` where the signal stopped it
 * @throws {ModelFileError} if the adapter belongs to another model
 * @throws {ConfigError} if unknown pictures are asked for and the adapter has no threshold, or it was learned from features alone
 * @throws {DataError} if there is no such file, or not one picture can be read
 */
export async function predictPictures(
  model: SourceModel,
  adapter: Adapter,
  paths: readonly string[],
  { top = 3, unknown = false, name = "adapter", methods, ...options }: PredictOptions = {},
): Promise<Predictions | undefined> {
  const rejection = unknown ? rejectionOf(name, adapter) : undefined;
  const { files, baseModel, encode } = openPictures(model, { paths, name, adapter });
  checkAdapterFits(name, adapter, baseModel);
  const { temperature = 1 } = adapter.calibration ?? {};
  const tell = (row: Float32Array): Omit<Prediction, "path"> => ({
    // The threshold is one of the logits as they come: the temperature is for probabilities alone.
    ...(rejection && { unknown: isUnknown(row, rejection) }),
    guesses: topGuesses(row, top, { temperature }).map((guess) => ({
      ...guess,
      className: adapter.classNames[guess.label] ?? "",
    })),
  });
  const told: Omit<Prediction, "path">[] = [];
  const scored = await scorePictures(adapter, {
    onLogits: (logits) => {
      for (const row of rowsOf(logits)) told.push(tell(row));
    },
    runtime: model.runtime,
    ...("clip" in model && { clip: model.clip }),
    methods,
    where: paths.join(", "),
    encode: (imagePrompts) =>
      encode({ ...options, views: 1, seed: 0, ...(imagePrompts && { imagePrompts }) }),
  });
  if (scored === undefined) return undefined;
  const predictions = told.map((prediction, index) => ({
    path: files[scored.indices[index] ?? 0] ?? "",
    ...prediction,
  }));
  return { predictions, unreadable: scored.unreadable };
}

/** Pictures to classify, and how they are encoded. */
interface OpenPictures {
  readonly files: readonly string[];
  readonly baseModel: BaseModel;
  encode(options: Parameters<PictureSource["encode"]>[1]): Promise<EncodedPictures | undefined>;
}

function openPictures(
  model: SourceModel,
  {
    paths,
    name,
    adapter,
  }: { readonly paths: readonly string[]; readonly name: string; readonly adapter: Adapter },
): OpenPictures {
  const [path = ""] = paths;
  if (paths.length === 1 && isFeatureFile(path)) {
    const source = openFeatureSource(model, path);
    const { pictures } = source.testPart;
    return {
      files: pictures.map((picture) => picture.path),
      baseModel: source.baseModel,
      encode: (options) => source.encode(pictures, options),
    };
  }
  checkModelKnown(name, adapter);
  if (!("clip" in model)) {
    throw new ConfigError({ where: path, expected: "a model to encode pictures", got: "a runtime alone" });
  }
  const files = expandPictures(paths);
  return { files, baseModel: model.baseModel, encode: (options) => encodePictures(model, files, options) };
}

/**
 * When an adapter takes a picture for none of its classes.
 *
 * @param name of the adapter's file, as the error shows it
 * @throws {ConfigError} if it cannot tell, with what to do
 */
export function rejectionOf(name: string, { rejection, classNames }: Adapter): Rejection {
  if (rejection !== undefined) return rejection;
  const tooFew = classNames.length < MIN_CLASSES_TO_LEAVE_OUT;
  throw new ConfigError({
    where: `${name}, unknown pictures`,
    expected: "an adapter with a threshold for them",
    got: `one without${tooFew ? `, of ${classNames.length} classes, too few to leave one out and see` : ""}`,
    fix: `${tooFew ? "Add a class, of anything else, and train" : "Train"} it with --calibrate.`,
  });
}

/**
 * Throws unless pictures can be classified by an adapter: to be called before a model is loaded, which may take long.
 *
 * @param name of the adapter's file, as errors show it
 * @throws {ConfigError} if the adapter was learned from features alone, and these are pictures
 * @throws {DataError} if there is no such file, or no picture in a folder
 */
export function checkPictures(name: string, adapter: Adapter, paths: readonly string[]): void {
  if (paths.length === 1 && isFeatureFile(paths[0] ?? "")) return;
  checkModelKnown(name, adapter);
  expandPictures(paths);
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
