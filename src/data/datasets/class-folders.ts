// Node only: lists folders.
import { join, sep } from "node:path";
import { DataError } from "../../errors.ts";
import { quoted } from "../class-names.ts";
import { listFolder } from "../find-pictures.ts";
import type { LabelledPicture } from "../image-folder.ts";

/** A folder of class folders that are called by WordNet ids, or by numbers. */
export interface ClassFolders {
  /** The folder. */
  readonly path: string;
  /** Names of the class folders, in the order of their labels. */
  readonly folders: readonly string[];
}

/**
 * The pictures of class folders: classes in order of labels, pictures sorted by code unit.
 *
 * @throws {DataError} if a class has none
 */
export function picturesOfClasses({ path, folders }: ClassFolders): LabelledPicture[] {
  const found = folders.map((folder) => listFolder(join(path, folder)).pictures);
  const empty = folders.filter((_, label) => found[label]?.length === 0);
  if (empty.length > 0) {
    throw new DataError({
      where: path,
      expected: "at least one picture in each class folder",
      got: `none in ${quoted(empty)}`,
      fix: "Get the pictures again.",
    });
  }
  return folders.flatMap((folder, label) => {
    // Once a folder: `join` takes seconds where there are a million pictures.
    const start = join(path, folder) + sep;
    return (found[label] ?? []).map((name) => ({ path: start + name, label }));
  });
}

/**
 * The class folders in a folder; files beside them, such as a README, do not count.
 *
 * @param known names that there may be
 * @param list file that has them, for errors
 * @throws {DataError} if there are none, or one of another name
 */
export function listClassFolders(
  path: string,
  { known, list }: { readonly known: ReadonlySet<string>; readonly list: string },
): readonly string[] {
  const { folders } = listFolder(path);
  const unknown = folders.filter((name) => !known.has(name));
  if (folders.length > 0 && unknown.length === 0) return folders;
  throw new DataError({
    where: path,
    expected: `folders of classes of ${list}`,
    got: folders.length === 0 ? "no folders" : quoted(unknown),
    fix:
      folders.length === 0
        ? "Sort the pictures into a folder for each class."
        : "Remove the folder, or add its class to the list.",
  });
}
