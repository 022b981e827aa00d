// Node only: reads split files and looks for pictures.
import { existsSync } from "node:fs";
import { join, sep } from "node:path";
import { DataError } from "../../errors.ts";
import { createRandom } from "../../tensor/random.ts";
import type { DatasetDefinition, MissingPart, WrittenSplit } from "./dataset.ts";
import { type DatasetContents, defineDataset, missingError } from "./define-dataset.ts";
import { missingPictures } from "./missing-pictures.ts";
import { checkedPicturePath } from "./picture-path.ts";
import { classNamesOf, type Split, type SplitPicture, splitNames } from "./split.ts";
import { readSplitFile, writeSplitFile } from "./split-file.ts";
import type { SplitMaker } from "./split-maker.ts";

/** A split file that was published. */
export interface PublishedSplit {
  /** Its name, in the data set's folder. */
  readonly file: string;
  /** Where to get it. */
  readonly source: string;
  /** Divides the pictures where the file is not there. */
  readonly maker?: SplitMaker;
}

/** A data set whose pictures a split file divides, or lists that come with them. */
export interface SplitDatasetOptions {
  readonly name: string;
  /** Its folder below the data folder. */
  readonly folder: string;
  /** Folder below `folder` that the split's paths begin in; empty for `folder` itself. */
  readonly images: string;
  /** Its split file, or what reads the official lists of a benchmark that needs none. */
  readonly split: PublishedSplit | SplitMaker;
  /** Prompt with `{}` for the class name. */
  readonly template: string;
  /** Where to get the pictures. */
  readonly source: string;
  /** Reads what says of the pictures' contents, where something does. */
  readonly readContents?: (folder: string) => string | readonly MissingPart[];
}

/** Seed of a split that is made, where none is given: that of the first of the papers' runs. */
const SPLIT_SEED = 1;

/**
 * Defines a data set that a split file divides, as those of CoOp's guide are. Where the file is not there and there is a maker,
 * the pictures are divided in memory; the data set says so, and goes on to where that split was written.
 *
 * @example
 * const birds = defineSplitDataset({
 *   name: "Birds", folder: "birds", images: "images", template: "a photo of a {}, a type of bird.",
 *   source: "https://example.org/birds", split: { file: "split_zhou_Birds.json", source: "https://example.org/birds" },
 * });
 */
export function defineSplitDataset(options: SplitDatasetOptions): DatasetDefinition {
  const { name, folder, template, source, split } = options;
  const maker = "file" in split ? split.maker : undefined;
  return defineDataset({
    name,
    folder,
    role: "benchmark",
    template,
    source,
    read: (data) => readSplitDataset(data, options),
    ...("file" in split &&
      maker && {
        makeSplit: (data, { seed = SPLIT_SEED } = {}) =>
          writeMadeSplit({ data, seed, file: split.file, maker }, options),
      }),
  });
}

function readSplitDataset(
  data: string,
  options: SplitDatasetOptions,
): DatasetContents | readonly MissingPart[] {
  const root = join(data, options.folder);
  const contents = options.readContents?.(root) ?? "";
  const missing = [
    ...missingImages(root, options),
    ...missingDivision(root, options),
    ...(typeof contents === "string" ? [] : contents),
  ];
  if (missing.length > 0) return missing;
  const { split, where, ...made } = divide(root, options.split);
  const classNames = classNamesOf(split, where);
  const lost = lostPictures(root, split, options);
  if (lost.length > 0) return lost;
  const start = join(root, options.images) + sep;
  const place = (pictures: readonly SplitPicture[]) =>
    pictures.map(({ path, label }) => ({ path: start + path.replaceAll("/", sep), label }));
  return {
    classNames,
    classIds: classNames,
    train: place(split.train),
    val: place(split.val),
    test: place(split.test),
    ...(typeof contents === "string" && contents !== "" && { contents }),
    ...made,
  };
}

/** Pictures as they are divided, and whether that is as published. */
interface Division extends Pick<DatasetContents, "note" | "isSplitMade" | "isSplitWritten"> {
  readonly split: Split;
  /** What an error in the split is found in. */
  readonly where: string;
}

/** The split of the file, or one that is made. */
function divide(root: string, split: PublishedSplit | SplitMaker): Division {
  if (!("file" in split)) return { split: makeSplit(root, split, SPLIT_SEED), where: root };
  const file = join(root, split.file);
  if (existsSync(file) || split.maker === undefined) return readDivision(file, split);
  return {
    split: makeSplit(root, split.maker, SPLIT_SEED),
    where: root,
    note: `${split.file} is not there: pictures are divided with seed ${SPLIT_SEED}, not as published. Get the file from ${split.source}`,
    isSplitMade: true,
  };
}

function readDivision(where: string, { file, source }: PublishedSplit): Division {
  const { madeWithSeed, ...split } = readSplitFile(where);
  if (madeWithSeed === undefined) return { split, where };
  const note = `${file} was made with seed ${madeWithSeed}: pictures are not divided as published. Get the file from ${source}`;
  return { split, where, note, isSplitMade: true, isSplitWritten: true };
}

function makeSplit(root: string, maker: SplitMaker, seed: number): Split {
  const split = maker.make(root, createRandom(seed));
  for (const name of splitNames) for (const { path } of split[name]) checkedPicturePath(path, root);
  return split;
}

function missingImages(root: string, { folder, images, source }: SplitDatasetOptions): MissingPart[] {
  if (existsSync(join(root, images))) return [];
  return [{ path: `${folder}/${images}`, count: 1, source }];
}

/** What there is nothing to divide the pictures by for: the split file, where its maker has not all its lists either. */
function missingDivision(root: string, { folder, split }: SplitDatasetOptions): MissingPart[] {
  if (!("file" in split)) return missingLists(root, folder, split);
  if (existsSync(join(root, split.file))) return [];
  if (split.maker !== undefined && missingLists(root, folder, split.maker).length === 0) return [];
  return [{ path: `${folder}/${split.file}`, count: 1, source: split.source }];
}

function missingLists(root: string, folder: string, { lists }: SplitMaker): MissingPart[] {
  return lists
    .filter(({ path }) => !existsSync(join(root, path)))
    .map(({ path, source }) => ({ path: `${folder}/${path}`, count: 1, source }));
}

/** Pictures of a split that are not there, as one part. */
function lostPictures(root: string, split: Split, options: SplitDatasetOptions): MissingPart[] {
  const { folder, images, source } = options;
  const paths = splitNames.flatMap((name) => split[name].map(({ path }) => path));
  const lost = missingPictures(join(root, images), paths);
  const [first] = lost;
  if (first === undefined) return [];
  return [
    { path: [folder, images, first].filter((part) => part !== "").join("/"), count: lost.length, source },
  ];
}

interface SplitRequest {
  readonly data: string;
  readonly seed: number;
  /** Name of the file to write. */
  readonly file: string;
  readonly maker: SplitMaker;
}

function writeMadeSplit(
  { data, seed, file: name, maker }: SplitRequest,
  options: SplitDatasetOptions,
): WrittenSplit {
  const { folder, source } = options;
  const root = join(data, folder);
  const file = join(root, name);
  if (existsSync(file)) {
    const fix = "Move it away if another one is wanted.";
    throw new DataError({ where: file, expected: "no split file yet", got: "one", fix });
  }
  const check = (missing: readonly MissingPart[]) => {
    if (missing.length > 0) throw missingError({ name: options.name, data }, missing);
  };
  check(existsSync(root) ? [] : [{ path: folder, count: 1, source }]);
  check([...missingImages(root, options), ...missingLists(root, folder, maker)]);
  const split = makeSplit(root, maker, seed);
  classNamesOf(split, root);
  check(lostPictures(root, split, options));
  writeSplitFile(file, { ...split, madeWithSeed: seed });
  const { train, val, test } = split;
  return { file, counts: { train: train.length, val: val.length, test: test.length } };
}
