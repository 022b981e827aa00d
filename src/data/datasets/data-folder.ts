// Node only: reads the environment and looks for folders.
import { existsSync, statSync } from "node:fs";
import { DataError } from "../../errors.ts";

/** Folder of the data sets where none is named and the environment names none: below the working folder. */
const FALLBACK = "data";

/** Folder that holds the data sets' folders where none is named: `LAMM_DATA`, else `data`. */
export function defaultDataFolder(env: Readonly<Record<string, string | undefined>> = process.env): string {
  return env.LAMM_DATA || FALLBACK;
}

/**
 * Whether a data folder is there.
 *
 * @throws {DataError} if there is something of that name that is no folder
 */
export function hasDataFolder(path: string): boolean {
  if (!existsSync(path)) return false;
  if (statSync(path).isDirectory()) return true;
  throw new DataError({
    where: path,
    expected: "a folder that holds the data sets' folders",
    got: "a file",
    fix: "Name the folder with --data or LAMM_DATA.",
  });
}
