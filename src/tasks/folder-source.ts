import { type ImageFolder, type ImageFolderOptions, readImageFolder } from "../data/image-folder.ts";
import { ConfigError, DataError } from "../errors.ts";
import { openPictureFiles } from "./picture-files.ts";
import type { PictureSource, SourceModel, TestPart, TrainingPool } from "./picture-source.ts";

/**
 * Opens a folder with one sub-folder of pictures a class, or `train`, `val` and `test` folders of such.
 *
 * @throws {DataError} if the folder is not usable
 * @throws {ConfigError} if there is no model to encode the pictures
 */
export function openFolderSource(
  model: SourceModel,
  path: string,
  options: ImageFolderOptions = {},
): PictureSource {
  const contents = readImageFolder(path, options);
  if (!("clip" in model)) {
    throw new ConfigError({ where: path, expected: "a model to encode the pictures", got: "none" });
  }
  return openPictureFiles(model, {
    path,
    classNames: contents.classNames,
    classFolders: contents.classFolders,
    trainingPool: () => trainingPool(contents),
    testPart: testPart(contents),
    isDivided: contents.splits.train !== undefined && testPart(contents).split !== "all",
  });
}

/** Pictures to test on: the `test` part, else the `val` part, else everything. */
export function testPart({ splits: { test, val }, all }: ImageFolder): TestPart {
  if (test !== undefined) return { split: "test", pictures: test };
  return val === undefined ? { split: "all", pictures: all } : { split: "val", pictures: val };
}

/** The `train` part, or all of a folder that is not divided. */
function trainingPool({ splits, all }: ImageFolder): TrainingPool {
  const parts = Object.keys(splits);
  if (splits.train !== undefined || parts.length === 0) {
    return { pictures: splits.train ?? all, isDrawn: false };
  }
  throw new DataError({
    where: "training pictures",
    expected: `a train folder beside ${parts.join(" and ")}`,
    got: "none",
    fix: "Add one, or name the folder whose pictures may be learned from.",
  });
}
