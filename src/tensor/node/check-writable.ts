// Node only: writes files.
import { mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { StorageError } from "../../errors.ts";
import { storageErrorOf } from "./storage-error.ts";

/**
 * Finds out before the work, not after it, whether a file can be written; makes its folder where it is not there.
 *
 * @throws {StorageError} if the folder cannot be made or written to, or the path is a folder
 */
export function checkWritable(path: string): void {
  const probe = `${path}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(probe, "");
    rmSync(probe);
  } catch (cause) {
    throw storageErrorOf(path, cause);
  }
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw new StorageError({
      where: path,
      expected: "a file to write",
      got: "a folder",
      fix: "Name a file in it.",
    });
  }
}
