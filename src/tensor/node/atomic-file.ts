// Node only: writes files.
import { randomUUID } from "node:crypto";
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { storageErrorOf } from "./storage-error.ts";

/**
 * Writes a file so that it is either complete or not there: the bytes go to a temporary name in the same folder, are
 * flushed to the disk, and the name is changed. A file of that name stays as it was until then, and for good on an error.
 *
 * @param path of the file; its folder must exist
 * @param content text (written as UTF-8), bytes, or pieces of bytes to write one after the other
 * @throws {StorageError} if the disk is full or the folder cannot be written to; nothing is left behind
 */
export function writeFileAtomically(
  path: string,
  content: string | Uint8Array | readonly Uint8Array[],
): void {
  const file = resolve(path);
  const temporary = join(dirname(file), `.${basename(file)}.${randomUUID()}.tmp`);
  const pieces = typeof content === "string" ? [Buffer.from(content)] : [content].flat();
  try {
    writeAndFlush(temporary, pieces);
    renameSync(temporary, file);
    flushFolder(dirname(file));
  } catch (cause) {
    removeIfThere(temporary);
    throw storageErrorOf(file, cause);
  }
}

function removeIfThere(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // What kept the file from being written may keep it from being removed; the first error is the one to report.
  }
}

function writeAndFlush(path: string, pieces: readonly Uint8Array[]): void {
  const descriptor = openSync(path, "wx");
  try {
    for (const piece of pieces) {
      let written = 0;
      while (written < piece.length) written += writeSync(descriptor, piece, written);
    }
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Makes the new name itself survive a power cut; Windows cannot open folders, and does without. */
function flushFolder(folder: string): void {
  if (process.platform === "win32") return;
  const descriptor = openSync(folder, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
