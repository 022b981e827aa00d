// Node only: lists folders.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { DataError } from "../errors.ts";
import { CLASSES_FILE, quoted, readClassNames } from "./class-names.ts";
import { findPictures, listFolder } from "./find-pictures.ts";

/** A picture file and its class. */
export interface LabelledPicture {
  /** Path of the file; begins with the path that the folder was read by. */
  readonly path: string;
  /** Index into the class names. */
  readonly label: number;
}

/** Names of the folders that may lie above the class folders. */
export type SplitName = "train" | "val" | "test";

const SPLIT_NAMES: readonly SplitName[] = ["train", "val", "test"];

/** Fewest classes that there is something to tell apart. */
const MIN_CLASSES = 2;

/** How a folder is read. */
export interface ImageFolderOptions {
  /** Fewest classes that it must have; 2 if not given. Those that join others may be one. */
  readonly minClasses?: 1 | 2;
}

/** A folder with one sub-folder of pictures for each class. */
export interface ImageFolder {
  /** Names as they stand in prompts, by class index. */
  readonly classNames: readonly string[];
  /** Names of the classes' folders, by class index, sorted by code unit. */
  readonly classFolders: readonly string[];
  /** Pictures of the folders `train`, `val` and `test`, where there are such; each is sorted by class and then by path. */
  readonly splits: Readonly<Partial<Record<SplitName, readonly LabelledPicture[]>>>;
  /** All pictures: those of the splits one after the other, or of the class folders. */
  readonly all: readonly LabelledPicture[];
  /** Number of files that were passed over for their extension, or because they lie in no class folder. */
  readonly ignoredFiles: number;
}

/**
 * Reads a folder with one sub-folder a class, or `train`, `val` and `test` folders of such. Folders inside a class folder
 * belong to the class; hidden files and folders are passed over. The order depends on names alone. No picture is opened.
 *
 * `train`, `val` and `test` count as splits where they contain folders and no pictures of their own, so that a class may be
 * called "train".
 *
 * @throws {DataError} if there is no such folder, it has too few classes, a class has no picture, two classes have one name, or
 *   the splits' classes differ
 */
export function readImageFolder(
  path: string,
  { minClasses = MIN_CLASSES }: ImageFolderOptions = {},
): ImageFolder {
  const root = listFolder(path);
  const splitNames = SPLIT_NAMES.filter((name) => root.folders.includes(name));
  const layout = splitNames.length > 0 && splitNames.every((name) => isSplit(join(path, name)));
  const looseFiles = root.pictures.length + root.otherFiles - classesFileCount(path);
  if (!layout) {
    const classNames = nameClasses({ root: path, path, minClasses }, root.folders);
    const { pictures, otherFiles } = readClasses(path, root.folders);
    const ignoredFiles = looseFiles + otherFiles;
    return { classNames, classFolders: root.folders, splits: {}, all: pictures, ignoredFiles };
  }
  checkOnlySplits(path, root.folders);
  return readSplits({ path, splitNames, looseFiles, minClasses });
}

function readSplits({
  path,
  splitNames,
  looseFiles,
  minClasses,
}: {
  readonly path: string;
  readonly splitNames: readonly SplitName[];
  readonly looseFiles: number;
  readonly minClasses: number;
}): ImageFolder {
  const contents = splitNames.map((name) => ({ name, ...listFolder(join(path, name)) }));
  const first = contents[0]?.name ?? "train";
  const classFolders = contents[0]?.folders ?? [];
  const classNames = nameClasses({ root: path, path: join(path, first), minClasses }, classFolders);
  const splits: Partial<Record<SplitName, readonly LabelledPicture[]>> = {};
  let ignoredFiles = looseFiles;
  for (const { name, folders, otherFiles } of contents) {
    checkSameClasses({ path, name, folders }, { name: first, folders: classFolders });
    const found = readClasses(join(path, name), classFolders);
    splits[name] = found.pictures;
    ignoredFiles += otherFiles + found.otherFiles;
  }
  const all = splitNames.flatMap((name) => splits[name] ?? []);
  return { classNames, classFolders, splits, all, ignoredFiles };
}

/** Whether a folder called like a split is one: it contains folders, and no pictures beside them. */
function isSplit(path: string): boolean {
  const { folders, pictures } = listFolder(path);
  return folders.length > 0 && pictures.length === 0;
}

function classesFileCount(path: string): number {
  return existsSync(join(path, CLASSES_FILE)) ? 1 : 0;
}

function checkOnlySplits(path: string, folders: readonly string[]): void {
  const others = folders.filter((name) => !SPLIT_NAMES.some((split) => split === name));
  if (others.length === 0) return;
  throw new DataError({
    where: path,
    expected: "either train, val and test folders or class folders",
    got: `both: ${quoted(others)} beside ${quoted(folders.filter((name) => !others.includes(name)))}`,
    fix: "Move the classes into the train folder, or the splits elsewhere.",
  });
}

/** @param place `root` is the folder of `classes.json`, `path` that of the class folders */
function nameClasses(
  { root, path, minClasses }: { readonly root: string; readonly path: string; readonly minClasses: number },
  folders: readonly string[],
): string[] {
  if (folders.length >= minClasses) return readClassNames(root, folders);
  throw new DataError({
    where: path,
    expected:
      minClasses === 1
        ? "a sub-folder of pictures for each class"
        : "a sub-folder of pictures for each of at least two classes",
    got: folders.length === 0 ? "no sub-folders" : `one only, ${quoted(folders)}`,
    ...(folders.length === 0 ? {} : { fix: "Add a folder of pictures that show something else." }),
  });
}

function checkSameClasses(
  { path, name, folders }: { path: string; name: string; folders: readonly string[] },
  reference: { name: string; folders: readonly string[] },
): void {
  const missing = reference.folders.filter((folder) => !folders.includes(folder));
  const extra = folders.filter((folder) => !reference.folders.includes(folder));
  if (missing.length + extra.length === 0) return;
  throw new DataError({
    where: join(path, name),
    expected: `the same class folders as in ${reference.name}`,
    got: [
      ...(missing.length > 0 ? [`no ${quoted(missing)}`] : []),
      ...(extra.length > 0 ? [`${quoted(extra)} besides`] : []),
    ].join(", and "),
  });
}

function readClasses(path: string, folders: readonly string[]) {
  const found = folders.map((folder) => findPictures(join(path, folder)));
  const empty = folders.filter((_, label) => found[label]?.paths.length === 0);
  if (empty.length > 0) {
    throw new DataError({
      where: path,
      expected: "at least one picture in each class folder",
      got: `none in ${quoted(empty)}`,
      fix: "Add pictures (JPEG, PNG, WebP, AVIF, GIF or TIFF) or remove the folder.",
    });
  }
  return {
    pictures: found.flatMap(({ paths }, label) =>
      paths.map((file): LabelledPicture => ({ path: file, label })),
    ),
    otherFiles: found.reduce((sum, { otherFiles }) => sum + otherFiles, 0),
  };
}
