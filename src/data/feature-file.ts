// Node only: reads files.
import { existsSync, readFileSync, statSync } from "node:fs";
import { extname } from "node:path";
import { z } from "zod";
import { parseSafetensors } from "../clip/checkpoint/safetensors.ts";
import { DataError } from "../errors.ts";
import { withFileSource } from "../tensor/node/file-source.ts";
import { readFloat32, readTensor } from "../tensor/node/read-tensor.ts";
import { normalizeFeatures } from "../tensor/normalize-features.ts";
import { formatShape } from "../tensor/shape.ts";
import { createTensor, type StoredTensor, type Tensor } from "../tensor/tensor.ts";

/** More than ImageNet-21k's classes. */
const MAX_CLASSES = 100_000;
/** More pictures than ImageNet has. */
const MAX_PICTURES = 4_000_000;

const FEATURES = ".features";
const LABELS = ".labels";
/** Names of sets: `train`, `val`, `test`, and `train16` for a draw of 16 pictures of each class. */
const SET_NAME = /^(?:train\d*|val|test)$/;

/** Labelled features of some pictures. */
export interface FeaturePart {
  /** Normalised, float32 `[N, D]`. */
  readonly features: Tensor<"float32">;
  /** Class of each picture, `[N]`. */
  readonly labels: readonly number[];
}

/** Image features that were computed before, of some or all of the parts that a folder of pictures has. */
export interface FeatureFile {
  /** Path that the file was read by. */
  readonly path: string;
  /** By class index. */
  readonly classNames: readonly string[];
  /** Features of the class names by the text tower that belongs to the image tower, normalised, float32 `[C, D]`; where there are some. */
  readonly textFeatures?: Tensor<"float32">;
  /** What the file says of where its features are from; empty where it says nothing. */
  readonly backbone: string;
  /** Width D. */
  readonly width: number;
  /** Names of the sets: `train`, `val`, `test`, or `train16` for a draw of 16 pictures of each class. */
  readonly parts: readonly string[];
  /**
   * Reads a set.
   *
   * @throws {DataError} if there is none of that name, or it is not usable
   */
  readPart(name: string): FeaturePart;
}

/** Whether a path is that of a file of features rather than a folder of pictures. */
export function isFeatureFile(path: string): boolean {
  return extname(path) === ".safetensors" && (statSync(path, { throwIfNoEntry: false })?.isFile() ?? false);
}

/**
 * Opens a safetensors file of image features: for each set `<name>.features` `[N, D]`, in any floating dtype, and `<name>.labels`
 * `[N]` of integers, the sets called `train` (or `train<K>`), `val` and `test`; optionally `text.features` `[C, D]`. The class
 * names lie beside it in a JSON file of the same name: an array, or an object with `class_names`.
 *
 * @param options `minClasses` are the fewest classes that it must have, 2 if not given
 * @throws {StorageError} if it cannot be read
 * @throws {ModelFileError} if it is damaged
 * @throws {DataError} if it is no file of features, a set is not usable, or there are no class names
 */
export function openFeatureFile(
  path: string,
  { minClasses = 2 }: { readonly minClasses?: 1 | 2 } = {},
): FeatureFile {
  const { tensors, metadata } = withFileSource(path, parseSafetensors);
  const parts = [...tensors.keys()].flatMap((key) => {
    const name = key.slice(0, -FEATURES.length);
    return key.endsWith(FEATURES) && SET_NAME.test(name) ? [name] : [];
  });
  const width = tensors.get(`${parts[0]}${FEATURES}`)?.shape[1] ?? 0;
  if (parts.length === 0 || width === 0) {
    throw new DataError({
      where: path,
      expected: "image features: tensors train.features and train.labels, or others of val, test and train16",
      got: `${[...tensors.keys()].slice(0, 3).join(", ") || "no tensors"}`,
    });
  }
  const classNames = readNames(path, minClasses);
  const text = tensors.get(`text${FEATURES}`);
  return {
    path,
    classNames,
    ...(text && {
      textFeatures: readFeatures(`${path}, tensor "text${FEATURES}"`, text, [classNames.length, width]),
    }),
    backbone: metadata.get("backbone") ?? "",
    width,
    parts,
    readPart: (name) => readPart(path, tensors, { name, parts, width, classNames }),
  };
}

interface PartContext {
  readonly name: string;
  readonly parts: readonly string[];
  readonly width: number;
  readonly classNames: readonly string[];
}

function readPart(
  path: string,
  tensors: ReadonlyMap<string, StoredTensor>,
  { name, parts, width, classNames }: PartContext,
): FeaturePart {
  const features = tensors.get(name + FEATURES);
  if (features === undefined) {
    throw new DataError({ where: path, expected: `a set "${name}"`, got: parts.join(", ") });
  }
  const count = features.shape[0] ?? 0;
  if (count > MAX_PICTURES) {
    throw new DataError({ where: path, expected: `at most ${MAX_PICTURES} pictures`, got: `${count}` });
  }
  const where = `${path}, tensor "${name}${FEATURES}"`;
  const labels = readLabels(`${path}, tensor "${name}${LABELS}"`, tensors.get(name + LABELS), {
    count,
    classes: classNames.length,
  });
  return { features: readFeatures(where, features, [count, width]), labels };
}

function readFeatures(
  where: string,
  stored: StoredTensor,
  [rows = 0, width = 0]: readonly number[],
): Tensor<"float32"> {
  const isFloat = /^(b?float)/.test(stored.dtype);
  if (!isFloat || stored.shape.length !== 2 || stored.shape[0] !== rows || stored.shape[1] !== width) {
    throw new DataError({
      where,
      expected: `floating-point numbers [${rows}, ${width}]`,
      got: `${stored.dtype} ${formatShape(stored.shape)}`,
    });
  }
  const data = readFloat32(stored);
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    const got = `${data[bad]} in row ${Math.floor(bad / width)}`;
    throw new DataError({ where, expected: "finite numbers", got });
  }
  return normalizeFeatures(createTensor("float32", [rows, width], data));
}

function readLabels(
  where: string,
  stored: StoredTensor | undefined,
  { count, classes }: { readonly count: number; readonly classes: number },
): number[] {
  const isInteger = stored !== undefined && /^u?int/.test(stored.dtype);
  if (!isInteger || stored.shape.length !== 1 || stored.shape[0] !== count) {
    throw new DataError({
      where,
      expected: `integers [${count}], a class index for each row of the features`,
      got: stored === undefined ? "no such tensor" : `${stored.dtype} ${formatShape(stored.shape)}`,
    });
  }
  const labels = Array.from(readTensor(stored).data as ArrayLike<number | bigint>, Number);
  const outside = labels.findIndex((label) => !(label >= 0 && label < classes));
  if (outside >= 0) {
    throw new DataError({
      where,
      expected: `class indices from 0 to ${classes - 1}, as there are class names`,
      got: `${labels[outside]} in row ${outside}`,
    });
  }
  return labels;
}

function namesSchema(minClasses: number) {
  const names = z.array(z.string().trim().min(1)).min(minClasses).max(MAX_CLASSES);
  return z.union([names, z.looseObject({ class_names: names }).transform((json) => json.class_names)]);
}

function readNames(path: string, minClasses: number): string[] {
  const where = path.replace(/\.safetensors$/, ".json");
  const refuse = (got: string, cause?: unknown) =>
    new DataError({
      where,
      expected: "class names as a JSON array, or an object with class_names",
      got,
      fix: "Write the names of the classes there, by class index.",
      cause,
    });
  if (!existsSync(where)) throw refuse("no such file");
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(where, "utf8"));
  } catch (cause) {
    throw refuse(cause instanceof Error ? cause.message : String(cause), cause);
  }
  const parsed = namesSchema(minClasses).safeParse(json);
  if (parsed.success) return parsed.data;
  throw refuse(`JSON without a list of ${minClasses} names or more that are text`);
}
