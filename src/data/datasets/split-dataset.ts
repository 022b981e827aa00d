// Node only: reads split files and looks for pictures.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { DataError } from "../../errors.ts";
import { createRandom, type Random } from "../../tensor/random.ts";
import type { DatasetDefinition, MissingPart, WrittenSplit } from "./dataset.ts";
import { type DatasetContents, defineDataset, missingError } from "./define-dataset.ts";
import { missingPictures } from "./missing-pictures.ts";
import { classNamesOf, type Split, type SplitPicture } from "./split.ts";
import { readSplitFile, writeSplitFile } from "./split-file.ts";

/** How pictures are divided where there is no split file. */
export interface SplitMaker {
  /** Lists that it reads, by their path below the data set's folder, with where to get each; empty where folders are enough. */
  readonly lists: readonly { readonly path: string; readonly source: string }[];
  /**
   * Divides the pictures.
   *
   * @param folder the data set's folder; its image folder and lists are there
   * @param random of the shuffling
   * @throws {DataError} if a list is not as it should be
   */
  make(folder: string, random: Random): Split;
}

/** A data set with a split file. */
export interface SplitDatasetOptions {
  readonly name: string;
  /** Its folder below the data folder. */
  readonly folder: string;
  /** Folder below `folder` that the split's paths begin in; empty for `folder` itself. */
  readonly images: string;
  /** Name of the split file in `folder`. */
  readonly splitFile: string;
  /** Prompt with `{}` for the class name. */
  readonly template: string;
  /** Where to get the pictures. */
  readonly source: string;
  /** Where to get the split file. */
  readonly splitSource: string;
  readonly maker?: SplitMaker;
  /** Reads what says of the pictures' contents, where something does. */
  readonly readContents?: (folder: string) => string | readonly MissingPart[];
}

/** Seed of a split that is made, where none is given: that of the first of the papers' runs. */
const SPLIT_SEED = 1;

/**
 * Defines a data set that a split file divides, as those of CoOp's guide are. Where the file is not there and there is a maker,
 * the pictures are divided in memory, with a note in the data set's state.
 *
 * @example
 * const birds = defineSplitDataset({
 *   name: "Birds", folder: "birds", images: "images", splitFile: "split_zhou_Birds.json",
 *   template: "a photo of a {}, a type of bird.", source: "https://example.org/birds", splitSource: "the same place",
 * });
 */
export function defineSplitDataset(options: SplitDatasetOptions): DatasetDefinition {
  const { name, folder, template, source, maker } = options;
  return defineDataset({
    name,
    folder,
    role: "benchmark",
    template,
    source,
    read: (data) => readSplitDataset(data, options),
    ...(maker && { makeSplit: (data, { seed } = {}) => writeMadeSplit({ data, seed }, options) }),
  });
}

function readSplitDataset(
  data: string,
  options: SplitDatasetOptions,
): DatasetContents | readonly MissingPart[] {
  const { folder, images, splitFile, splitSource, maker } = options;
  const root = join(data, folder);
  const file = join(root, splitFile);
  const isPublished = existsSync(file);
  const canBeMade = maker?.lists.every(({ path }) => existsSync(join(root, path))) ?? false;
  const missing: MissingPart[] = missingImages(root, options);
  if (!isPublished && !canBeMade) {
    missing.push({ path: `${folder}/${splitFile}`, count: 1, source: splitSource });
  }
  const contents = options.readContents?.(root) ?? "";
  if (typeof contents !== "string") missing.push(...contents);
  if (missing.length > 0) return missing;
  const split =
    isPublished || maker === undefined ? readSplitFile(file) : maker.make(root, createRandom(SPLIT_SEED));
  const lost = lostPictures(root, split, options);
  const classNames = classNamesOf(split, isPublished ? file : root);
  if (lost.length > 0) return lost;
  const place = (pictures: readonly SplitPicture[]) =>
    pictures.map(({ path, label }) => ({ path: join(root, images, path), label }));
  return {
    classNames,
    classIds: classNames,
    train: place(split.train),
    val: place(split.val),
    test: place(split.test),
    ...(typeof contents === "string" && contents !== "" && { contents }),
    ...(!isPublished && {
      note: `${splitFile} is not there: the pictures are divided with seed ${SPLIT_SEED}, otherwise than published. It is to be had from ${splitSource}.`,
    }),
  };
}

function missingImages(root: string, { folder, images, source }: SplitDatasetOptions): MissingPart[] {
  if (existsSync(join(root, images))) return [];
  return [{ path: `${folder}/${images}`, count: 1, source }];
}

/** Pictures of a split that are not there, as one part. */
function lostPictures(root: string, split: Split, options: SplitDatasetOptions): MissingPart[] {
  const { folder, images, source } = options;
  const paths = [split.train, split.val, split.test].flatMap((part) => part.map(({ path }) => path));
  const lost = missingPictures(join(root, images), paths);
  const [first] = lost;
  if (first === undefined) return [];
  return [
    { path: [folder, images, first].filter((part) => part !== "").join("/"), count: lost.length, source },
  ];
}

function writeMadeSplit(
  { data, seed = SPLIT_SEED }: { readonly data: string; readonly seed: number | undefined },
  options: SplitDatasetOptions,
): WrittenSplit {
  const { name, folder, splitFile, source, maker } = options;
  const root = join(data, folder);
  const file = join(root, splitFile);
  if (existsSync(file)) {
    throw new DataError({
      where: file,
      expected: "no split file yet",
      got: "one",
      fix: "Move it away if another one is wanted.",
    });
  }
  const lists = (maker?.lists ?? []).filter(({ path }) => !existsSync(join(root, path)));
  const missing = existsSync(root)
    ? [
        ...missingImages(root, options),
        ...lists.map(({ path, source }) => ({ path: `${folder}/${path}`, count: 1, source })),
      ]
    : [{ path: folder, count: 1, source }];
  if (maker === undefined || missing.length > 0) throw missingError({ name, data }, missing);
  const split = maker.make(root, createRandom(seed));
  classNamesOf(split, root);
  const lost = lostPictures(root, split, options);
  if (lost.length > 0) throw missingError({ name, data }, lost);
  writeSplitFile(file, split);
  return {
    file,
    counts: { train: split.train.length, val: split.val.length, test: split.test.length },
  };
}
