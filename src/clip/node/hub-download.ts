// Node only: downloads to files.
import { createHash, type Hash } from "node:crypto";
import { constants, existsSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import { HubApiError } from "@huggingface/hub";
import { StorageError } from "../../errors.ts";
import { storageErrorOf } from "../../tensor/node/storage-error.ts";
import type { HubSettings } from "./hub-settings.ts";

/** Bytes that are hashed at a time of what an earlier attempt left. */
const READ_BYTES = 4 * 1024 * 1024;
const SHA256_DIGITS = 64;

/** How far a download is. */
export interface DownloadProgress {
  /** Name of the file in its repository. */
  readonly file: string;
  /** Bytes that are there, those of an earlier attempt included. */
  readonly loadedBytes: number;
  readonly totalBytes: number;
}

/** A file of a repository, as the hub lists it. */
export interface HubFile {
  readonly repository: string;
  readonly commit: string;
  readonly name: string;
  readonly byteLength: number;
  /** In hexadecimal digits: SHA-256 of a large file's bytes, or Git's SHA-1 of a small file. */
  readonly hash: string;
}

/** Where a file comes from and goes to, and who is told. */
export interface DownloadOptions {
  readonly settings: HubSettings;
  /** Path of the complete file. */
  readonly path: string;
  /** Called at the start and after each piece. */
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
}

/**
 * Downloads a file, unless it is there. The bytes go to `<path>.incomplete`, where a later attempt goes on, and get their
 * name once length and hash are right: a file of that name is never broken. (The hub library's own download checks
 * neither, and writes to standard output.)
 *
 * @throws {StorageError} if the connection ends early, the bytes are not the right ones, or cannot be written
 * @throws {HubApiError} if the hub refuses
 */
export async function downloadHubFile(file: HubFile, options: DownloadOptions): Promise<void> {
  const { path } = options;
  if (existsSync(path)) return;
  const incomplete = `${path}.incomplete`;
  makeFolder(dirname(path));
  // Twice where there is something of an earlier attempt: a power cut may have broken that.
  const attempts = existsSync(incomplete) ? 2 : 1;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const { hash, inode } = await completeFile(incomplete, file, options);
    if (hash === file.hash) {
      moveIntoPlace(incomplete, path, inode);
      return;
    }
    rmSync(incomplete, { force: true });
  }
  throw new StorageError({
    where: `${file.repository}, ${file.name}`,
    expected: `the ${file.byteLength} bytes with hash ${file.hash}`,
    got: "other bytes",
    fix: "Nothing of them was kept; try again.",
  });
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw storageErrorOf(folder, cause);
  }
}

/** Renames the file that was checked; another process may have been at it, and faster, or have begun it anew. */
function moveIntoPlace(incomplete: string, path: string, inode: bigint): void {
  try {
    if (statSync(incomplete, { bigint: true }).ino === inode) renameSync(incomplete, path);
  } catch (cause) {
    if (!existsSync(path)) throw storageErrorOf(path, cause);
  }
  if (existsSync(path)) return;
  throw new StorageError({
    where: incomplete,
    expected: "one download of it at a time",
    got: "another process that began it anew",
    fix: "Try again when the other one is done.",
  });
}

/** Goes on with a file where it ends; gives the hash of all of it, and the file's identity on the disk. */
async function completeFile(
  path: string,
  file: HubFile,
  options: DownloadOptions,
): Promise<{ readonly hash: string; readonly inode: bigint }> {
  const handle = await openForWriting(path);
  try {
    const hash = startHash(file);
    let present = await hashPresent(handle, hash);
    options.onProgress?.({ file: file.name, loadedBytes: present, totalBytes: file.byteLength });
    if (present < file.byteLength) {
      for await (const piece of fetchFrom(present, file, options.settings)) {
        await writeAt(handle, path, piece, present);
        hash.update(piece);
        present += piece.length;
        options.onProgress?.({ file: file.name, loadedBytes: present, totalBytes: file.byteLength });
      }
      await handle.sync();
    }
    return { hash: hash.digest("hex"), inode: (await handle.stat({ bigint: true })).ino };
  } finally {
    await handle.close();
  }
}

/** Git hashes a header with the length before the bytes. */
function startHash({ hash, byteLength }: HubFile): Hash {
  if (hash.length === SHA256_DIGITS) return createHash("sha256");
  return createHash("sha1").update(`blob ${byteLength}\0`);
}

async function openForWriting(path: string): Promise<FileHandle> {
  try {
    // Not cut off, nor appended to: two processes that write the same bytes at the same places do each other no harm.
    return await open(path, constants.O_RDWR | constants.O_CREAT);
  } catch (cause) {
    throw storageErrorOf(path, cause);
  }
}

async function hashPresent(handle: FileHandle, hash: Hash): Promise<number> {
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  let position = 0;
  for (;;) {
    const { bytesRead } = await handle.read(buffer, 0, READ_BYTES, position);
    if (bytesRead === 0) return position;
    hash.update(buffer.subarray(0, bytesRead));
    position += bytesRead;
  }
}

async function writeAt(handle: FileHandle, path: string, piece: Uint8Array, position: number): Promise<void> {
  try {
    let written = 0;
    while (written < piece.length) {
      const { bytesWritten } = await handle.write(piece, written, piece.length - written, position + written);
      written += bytesWritten;
    }
  } catch (cause) {
    throw storageErrorOf(path, cause);
  }
}

/** The bytes of a file from a position on; a server that knows no ranges sends all, and what is there is skipped. */
async function* fetchFrom(start: number, file: HubFile, settings: HubSettings): AsyncGenerator<Uint8Array> {
  const url = `${settings.endpoint}/${file.repository}/resolve/${file.commit}/${file.name}`;
  const headers: Record<string, string> = { "Accept-Encoding": "identity" };
  if (settings.token !== undefined) headers.Authorization = `Bearer ${settings.token}`;
  if (start > 0) headers.Range = `bytes=${start}-`;
  const response = await fetch(url, { headers });
  if (!response.ok) {
    await response.body?.cancel();
    throw new HubApiError(url, response.status);
  }
  let position = response.status === 206 ? start : 0;
  try {
    for await (const piece of response.body ?? []) {
      const rest = piece.subarray(Math.max(0, start - position));
      position += piece.length;
      if (position > file.byteLength) return;
      if (rest.length > 0) yield rest;
    }
  } catch (cause) {
    throw interrupted(file, position, cause);
  }
  if (position < file.byteLength) throw interrupted(file, position);
}

function interrupted(file: HubFile, position: number, cause?: unknown): StorageError {
  return new StorageError({
    where: `${file.repository}, ${file.name}`,
    expected: `${file.byteLength} bytes`,
    got: `the end of the connection after ${position}`,
    fix: "Try again: the download goes on where it ended.",
    cause,
  });
}
