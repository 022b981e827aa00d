// Node only: reads files.
import { closeSync, fstatSync, openSync, readSync, realpathSync } from "node:fs";
import { resolve } from "node:path";
import { ModelFileError, StorageError } from "../../errors.ts";
import { type ByteSource, checkRange } from "../byte-source.ts";

/** One `pread` takes at most this much: Linux ends a longer one early, and macOS refuses it. */
const MAX_READ_BYTES = 1 << 30;

/**
 * Opens a file for the time of a call, as a source whose tensors are byte ranges of the file.
 *
 * @param path of the file; tensors carry its absolute form
 * @param use called with the source, which must not be read from afterwards
 * @returns what `use` returns
 * @throws {StorageError} if the file is missing or cannot be read
 */
export function withFileSource<T>(path: string, use: (source: ByteSource) => T): T {
  const file = resolve(path);
  const descriptor = openFile(file);
  try {
    return use(createFileSource(file, descriptor));
  } finally {
    closeSync(descriptor);
  }
}

function openFile(file: string): number {
  try {
    const descriptor = openSync(file, "r");
    if (fstatSync(descriptor).isFile()) return descriptor;
    closeSync(descriptor);
  } catch (cause) {
    throw new StorageError({
      where: file,
      expected: "a readable file",
      got: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  }
  throw new StorageError({ where: file, expected: "a readable file", got: "a folder or device" });
}

function createFileSource(file: string, descriptor: number): ByteSource {
  // The engine maps no file through a symbolic link, and the hub's cache is made of them.
  const target = realpathSync(file);
  const source: ByteSource = {
    name: file,
    byteLength: fstatSync(descriptor).size,
    read(byteOffset, byteLength) {
      checkRange(source, byteOffset, byteLength);
      const bytes = new Uint8Array(byteLength);
      readInto(file, descriptor, bytes, byteOffset);
      return bytes;
    },
    tensorAt: (dtype, shape, byteOffset) => ({ dtype, shape, file: target, byteOffset }),
  };
  return source;
}

function readInto(file: string, descriptor: number, bytes: Uint8Array, position: number): void {
  let filled = 0;
  while (filled < bytes.length) {
    const wanted = Math.min(bytes.length - filled, MAX_READ_BYTES);
    const count = readSync(descriptor, bytes, filled, wanted, position + filled);
    if (count === 0) {
      throw new ModelFileError({
        where: file,
        expected: `${bytes.length} bytes at offset ${position}`,
        got: `the end of the file after ${filled}`,
        fix: "The file shrank while it was read; try again.",
      });
    }
    filled += count;
  }
}
