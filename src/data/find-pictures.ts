// Node only: lists folders.
import { type Dirent, readdirSync, realpathSync, type Stats, statSync } from "node:fs";
import { extname, join } from "node:path";
import { DataError } from "../errors.ts";
import { PICTURE_EXTENSIONS } from "./decode-image.ts";

/** What lies in a folder, hidden files and folders left out, each list sorted by code unit. */
export interface FolderEntries {
  /** Names of the folders in it. */
  readonly folders: readonly string[];
  /** Names of the files with a picture's extension. */
  readonly pictures: readonly string[];
  /** Number of other files. */
  readonly otherFiles: number;
}

/** Pictures in a folder and the folders below it. */
export interface FoundPictures {
  /** Paths that begin with the folder's, sorted by code unit. */
  readonly paths: readonly string[];
  /** Number of files with other extensions; hidden ones do not count. */
  readonly otherFiles: number;
}

/**
 * Lists one folder. Symbolic links count as what they lead to; one that leads nowhere counts as a file, so that a missing
 * picture is reported when it is read.
 *
 * @throws {DataError} if there is no such folder or it cannot be read
 */
export function listFolder(path: string): FolderEntries {
  const folders: string[] = [];
  const pictures: string[] = [];
  let otherFiles = 0;
  for (const entry of entriesOf(path)) {
    if (entry.name.startsWith(".")) continue;
    const kind = kindOf(path, entry);
    if (kind === "folder") folders.push(entry.name);
    else if (kind === "file" && isPictureName(entry.name)) pictures.push(entry.name);
    else otherFiles++;
  }
  return { folders: folders.sort(), pictures: pictures.sort(), otherFiles };
}

/**
 * Finds the pictures in a folder and all folders below it. A folder that links lead to twice, such as one that contains
 * itself, is read once.
 *
 * @throws {DataError} if there is no such folder or one of those below cannot be read
 */
export function findPictures(folder: string): FoundPictures {
  const paths: string[] = [];
  const seen = new Set<string>();
  let otherFiles = 0;
  const visit = (path: string) => {
    const entries = listFolder(path);
    const real = realpathSync(path);
    if (seen.has(real)) return;
    seen.add(real);
    paths.push(...entries.pictures.map((name) => join(path, name)));
    otherFiles += entries.otherFiles;
    for (const name of entries.folders) visit(join(path, name));
  };
  visit(folder);
  return { paths: paths.sort(), otherFiles };
}

function isPictureName(name: string): boolean {
  return PICTURE_EXTENSIONS.has(extname(name).toLowerCase());
}

function entriesOf(path: string): Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    const got: Readonly<Record<string, string>> = {
      ENOENT: "no folder of that name",
      ENOTDIR: "a file",
      EACCES: "a folder without read permission",
    };
    throw new DataError({
      where: path,
      expected: "a folder of pictures",
      got: got[String(code)] ?? String(cause),
      cause,
    });
  }
}

function kindOf(folder: string, entry: Dirent): "folder" | "file" | "other" {
  let found: Dirent | Stats = entry;
  if (entry.isSymbolicLink()) {
    try {
      found = statSync(join(folder, entry.name));
    } catch {
      return "file";
    }
  }
  if (found.isDirectory()) return "folder";
  return found.isFile() ? "file" : "other";
}
