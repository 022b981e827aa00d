// Node only: lists folders.
import { readdirSync } from "node:fs";
import { join, posix } from "node:path";

/**
 * Which of many files are not there. Each folder is listed once, since asking for every file takes minutes where there are a
 * million.
 *
 * @param folder folder that the paths begin in
 * @param paths with forward slashes
 * @returns the missing ones, in the order of `paths`, each once
 */
export function missingPictures(folder: string, paths: readonly string[]): string[] {
  const listed = new Map<string, ReadonlySet<string>>();
  const missing = new Set<string>();
  for (const path of paths) {
    const parent = posix.dirname(path);
    let names = listed.get(parent);
    if (names === undefined) {
      names = namesIn(join(folder, parent));
      listed.set(parent, names);
    }
    if (!names.has(posix.basename(path))) missing.add(path);
  }
  return [...missing];
}

/** Names in a folder; none where it cannot be listed, as its files cannot be read then. */
function namesIn(folder: string): ReadonlySet<string> {
  try {
    return new Set(readdirSync(folder));
  } catch {
    return new Set();
  }
}
