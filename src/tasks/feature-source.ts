import { type FeatureFile, type FeaturePart, openFeatureFile } from "../data/feature-file.ts";
import type { ImageFolderOptions, LabelledPicture } from "../data/image-folder.ts";
import { ConfigError, DataError } from "../errors.ts";
import { createTensor } from "../tensor/tensor.ts";
import type { Adapter, BaseModel } from "../training/adapter.ts";
import type { EncodedPictures } from "./encode-pictures.ts";
import type { PictureSource, SourceModel, TestPart, TrainingPool } from "./picture-source.ts";

/** Identity of weights that nobody has: two files of features go together where they name one backbone. */
const WEIGHTS_PREFIX = "features of ";

/**
 * Opens a file of features that were computed before.
 *
 * @param model the one that the features are from: then adapters also classify pictures, and its text tower knows the words
 * @throws {DataError} if the file is not usable, or the model's features have another width
 */
export function openFeatureSource(
  model: SourceModel,
  path: string,
  options: ImageFolderOptions = {},
): PictureSource {
  const file = openFeatureFile(path, options);
  const clip = "clip" in model ? model.clip : undefined;
  if (clip !== undefined && clip.config.jointWidth !== file.width) {
    throw new DataError({
      where: path,
      expected: `features of width ${clip.config.jointWidth}, as "${clip.id}" has`,
      got: `${file.width}`,
      fix: "Name the model that the features are from.",
    });
  }
  const rows = createRows(file);
  return {
    path,
    classNames: file.classNames,
    classFolders: file.classNames,
    runtime: model.runtime,
    ...(clip && { clip }),
    baseModel: "clip" in model ? model.baseModel : baseModelOf(file),
    ...(file.textFeatures && { textFeatures: file.textFeatures }),
    trainingPool: (shots) => trainingPool(file, rows, shots),
    get testPart() {
      return testPart(file, rows);
    },
    isDivided: file.parts.some((name) => name.startsWith("train")) && file.parts.some(isTestPart),
    async encode(pictures, { views, imagePrompts }) {
      if (views === 1 && imagePrompts === undefined) return rows.encode(pictures);
      throw new DataError({
        where: path,
        expected:
          views === 1 ? "pictures, for an image tower with learned prompts" : "pictures, to make views of",
        got: "features that were computed before",
        fix:
          views === 1
            ? "Give a folder of pictures, or an adapter that leaves the image tower as it is."
            : "Leave the views out, or average them when the file is made.",
      });
    },
    async preparePixels() {
      throw new ConfigError({
        where: path,
        expected: "pictures, for a method that trains through the image tower",
        got: "features that were computed before",
        fix: "Give a folder of pictures, or choose a method that leaves the image tower as it is.",
      });
    },
  };
}

/** Whether an adapter was learned from features of which the model is not known: then it cannot classify pictures. */
export function isModelUnknown({ weightsHash }: BaseModel): boolean {
  return weightsHash.startsWith(WEIGHTS_PREFIX);
}

/**
 * Throws unless an adapter's model is known, so that it can classify pictures.
 *
 * @param name of the adapter's file, as the error shows it
 * @throws {ConfigError} if it was learned from features alone
 */
export function checkModelKnown(name: string, { baseModel }: Pick<Adapter, "baseModel">): void {
  if (!isModelUnknown(baseModel)) return;
  throw new ConfigError({
    where: name,
    expected: "an adapter of a model that can encode pictures",
    got: `one that was learned from features of ${baseModel.id}`,
    fix: "Give a file of such features to `lamm evaluate`, or train again with --model, the CLIP that they are from.",
  });
}

function baseModelOf({ backbone, width }: FeatureFile): BaseModel {
  const id = backbone || "an unknown model";
  return { id, weightsHash: WEIGHTS_PREFIX + id, preprocessing: `features of width ${width}` };
}

/** The file's pictures under names of their own, and their features by these. */
function createRows(file: FeatureFile) {
  const places = new Map<string, { readonly part: FeaturePart; readonly row: number }>();
  const parts = new Map<string, readonly LabelledPicture[]>();
  const picturesOf = (name: string): readonly LabelledPicture[] => {
    const known = parts.get(name);
    if (known !== undefined) return known;
    const part = file.readPart(name);
    const pictures = part.labels.map((label, row): LabelledPicture => {
      const path = `${file.path}:${name}[${row}]`;
      places.set(path, { part, row });
      return { path, label };
    });
    parts.set(name, pictures);
    return pictures;
  };
  const encode = (pictures: readonly LabelledPicture[]): EncodedPictures => {
    const data = new Float32Array(pictures.length * file.width);
    pictures.forEach(({ path }, index) => {
      const place = places.get(path);
      const start = (place?.row ?? 0) * file.width;
      if (place) data.set(place.part.features.data.subarray(start, start + file.width), index * file.width);
    });
    return {
      features: createTensor("float32", [pictures.length, 1, file.width], data),
      indices: pictures.map((_, index) => index),
      unreadable: [],
    };
  };
  return { picturesOf, encode };
}

type Rows = ReturnType<typeof createRows>;

/** The draw of K pictures where the file has it; else `train`, or its largest draw. */
function trainingPool({ parts, path }: FeatureFile, rows: Rows, shots: number | undefined): TrainingPool {
  const draw = `train${shots}`;
  if (parts.includes(draw)) return { pictures: rows.picturesOf(draw), isDrawn: true };
  const draws = parts
    .filter((name) => /^train\d+$/.test(name))
    .sort((a, b) => Number(b.slice("train".length)) - Number(a.slice("train".length)));
  const name = parts.includes("train") ? "train" : draws[0];
  if (name !== undefined) return { pictures: rows.picturesOf(name), isDrawn: false };
  throw new DataError({ where: path, expected: "a set train, or train16", got: parts.join(", ") });
}

/** In the order in which they are preferred. */
const TEST_PARTS = ["test", "val"] as const;

const isTestPart = (name: string) => TEST_PARTS.some((part) => part === name);

function testPart({ parts }: FeatureFile, rows: Rows): TestPart {
  const split = TEST_PARTS.find((name) => parts.includes(name));
  if (split !== undefined) return { split, pictures: rows.picturesOf(split) };
  return { split: "all", pictures: parts.flatMap(rows.picturesOf) };
}
