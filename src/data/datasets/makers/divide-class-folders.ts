// Node only: lists folders.
import { join } from "node:path";
import { DataError } from "../../../errors.ts";
import { listFolder } from "../../find-pictures.ts";
import type { SplitMaker } from "../split-maker.ts";
import { divideClasses } from "./divide-classes.ts";

/** Folders of pictures, one a class. */
export interface ClassFoldersOptions {
  /** Folder of the class folders, below the data set's. */
  readonly images: string;
  /** Folders that are no classes. */
  readonly ignored?: readonly string[];
  /** Names of classes that are not called like their folders. */
  readonly names?: Readonly<Record<string, string>>;
}

/**
 * Divides each class's folder at random. Classes and pictures are sorted by code unit first: CoOp's code takes pictures in the
 * order in which the disk has them, so that its own splits cannot be made again.
 */
export function divideClassFolders({ images, ignored = [], names = {} }: ClassFoldersOptions): SplitMaker {
  return {
    lists: [],
    make(root, random) {
      const where = join(root, images);
      const folders = listFolder(where).folders.filter((name) => !ignored.includes(name));
      if (folders.length === 0) {
        throw new DataError({ where, expected: "a folder of pictures for each class", got: "no folders" });
      }
      const classes = folders.map((folder, label) => {
        const className = Object.hasOwn(names, folder) ? (names[folder] ?? folder) : folder;
        const { pictures } = listFolder(join(where, folder));
        if (pictures.length === 0) {
          throw new DataError({
            where,
            expected: "at least one picture in each class folder",
            got: `none in "${folder}"`,
            fix: "Get the pictures again, or remove the folder.",
          });
        }
        return pictures.map((name) => ({ path: `${folder}/${name}`, label, className }));
      });
      return divideClasses(classes, { random, where });
    },
  };
}
