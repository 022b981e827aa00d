import { ModelFileError } from "../../errors.ts";
import type { ByteSource } from "../../tensor/byte-source.ts";

/** A training checkpoint has a few thousand records; this bounds the time that a hostile directory can take. */
const MAX_ENTRIES = 100_000;
/** As above, at about 100 bytes an entry. */
const MAX_DIRECTORY_BYTES = 16 * 1024 * 1024;
/** The end record is 22 bytes and a comment of at most 65,535. */
const END_BYTES = 22;
const MAX_COMMENT_BYTES = 0xffff;
const END64_BYTES = 56;
const LOCATOR64_BYTES = 20;
const CENTRAL_BYTES = 46;
const LOCAL_BYTES = 30;

const END_SIGNATURE = 0x06054b50;
const END64_SIGNATURE = 0x06064b50;
const LOCATOR64_SIGNATURE = 0x07064b50;
const CENTRAL_SIGNATURE = 0x02014b50;
const LOCAL_SIGNATURE = 0x04034b50;
const ZIP64_FIELD = 0x0001;
/** Stands for "see the zip64 field" in 16 and 32 bits. */
const IN_ZIP64 = { u16: 0xffff, u32: 0xffffffff };

/** A file inside a zip file. */
export interface ZipEntry {
  readonly name: string;
  /** Whether its bytes lie in the zip as they are: neither compressed nor encrypted. */
  readonly stored: boolean;
  /** Bytes it occupies in the zip. */
  readonly byteLength: number;
  /** Where its local header is, before its bytes. */
  readonly headerOffset: number;
}

/**
 * Reads the directory of a zip or zip64 file.
 *
 * @returns its entries by name
 * @throws {ModelFileError} if there is none, it is damaged, or an entry is there twice
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
export function parseZipDirectory(source: ByteSource): ReadonlyMap<string, ZipEntry> {
  const { entryCount, directoryOffset, directoryLength } = findDirectory(source);
  if (entryCount > MAX_ENTRIES || directoryLength > MAX_DIRECTORY_BYTES) {
    const got = `${entryCount} in ${directoryLength}`;
    throw damaged(source.name, `at most ${MAX_ENTRIES} entries in ${MAX_DIRECTORY_BYTES} bytes`, got);
  }
  const view = viewOf(source.read(directoryOffset, directoryLength));
  const entries = new Map<string, ZipEntry>();
  let position = 0;
  for (let index = 0; index < entryCount; index++) {
    const { entry, next } = parseEntry(source.name, view, position);
    if (entries.has(entry.name)) throw damaged(source.name, "each entry once", `"${entry.name}" twice`);
    entries.set(entry.name, entry);
    position = next;
  }
  return entries;
}

/**
 * Byte range of a stored entry.
 *
 * @throws {ModelFileError} if it is compressed or encrypted, or reaches beyond the file
 */
export function locateZipEntry(
  source: ByteSource,
  entry: ZipEntry,
): { byteOffset: number; byteLength: number } {
  const where = `${source.name}, entry "${entry.name}"`;
  if (!entry.stored) {
    const fix = "Save the checkpoint again with torch.save.";
    throw new ModelFileError({ where, expected: "bytes stored as they are", got: "compressed ones", fix });
  }
  const view = viewOf(source.read(entry.headerOffset, LOCAL_BYTES));
  if (view.getUint32(0, true) !== LOCAL_SIGNATURE) throw damaged(where, "a local header", "other bytes");
  // The local extra field may be longer than the directory's: PyTorch pads it so that data begins at multiples of 64.
  const byteOffset = entry.headerOffset + LOCAL_BYTES + view.getUint16(26, true) + view.getUint16(28, true);
  if (byteOffset + entry.byteLength > source.byteLength) {
    throw damaged(
      where,
      `${entry.byteLength} bytes at ${byteOffset}`,
      `a file of ${source.byteLength} bytes`,
    );
  }
  return { byteOffset, byteLength: entry.byteLength };
}

function findDirectory(source: ByteSource) {
  const tailLength = Math.min(source.byteLength, END_BYTES + MAX_COMMENT_BYTES);
  const tailOffset = source.byteLength - tailLength;
  const tail = viewOf(source.read(tailOffset, tailLength));
  let end = tailLength - END_BYTES;
  while (end >= 0 && !isEndRecord(tail, end)) end--;
  if (end < 0) throw damaged(source.name, "the end record of a zip file", "a file without one");
  const entryCount = tail.getUint16(end + 10, true);
  const directoryLength = tail.getUint32(end + 12, true);
  const directoryOffset = tail.getUint32(end + 16, true);
  if (entryCount !== IN_ZIP64.u16 && directoryLength !== IN_ZIP64.u32 && directoryOffset !== IN_ZIP64.u32) {
    return { entryCount, directoryLength, directoryOffset };
  }
  return findDirectory64(source, tailOffset + end - LOCATOR64_BYTES);
}

function isEndRecord(tail: DataView, position: number): boolean {
  if (tail.getUint32(position, true) !== END_SIGNATURE) return false;
  return position + END_BYTES + tail.getUint16(position + 20, true) === tail.byteLength;
}

function findDirectory64(source: ByteSource, locatorOffset: number) {
  const locator = viewOf(source.read(locatorOffset, LOCATOR64_BYTES));
  if (locator.getUint32(0, true) !== LOCATOR64_SIGNATURE) {
    throw damaged(source.name, "a zip64 locator", "other bytes");
  }
  const end = viewOf(source.read(readUint64(source.name, locator, 8), END64_BYTES));
  if (end.getUint32(0, true) !== END64_SIGNATURE) {
    throw damaged(source.name, "a zip64 end record", "other bytes");
  }
  return {
    entryCount: readUint64(source.name, end, 32),
    directoryLength: readUint64(source.name, end, 40),
    directoryOffset: readUint64(source.name, end, 48),
  };
}

function parseEntry(fileName: string, view: DataView, position: number): { entry: ZipEntry; next: number } {
  if (position + CENTRAL_BYTES > view.byteLength || view.getUint32(position, true) !== CENTRAL_SIGNATURE) {
    throw damaged(fileName, "a directory entry", `other bytes at ${position} of the directory`);
  }
  const flags = view.getUint16(position + 8, true);
  const method = view.getUint16(position + 10, true);
  const nameEnd = position + CENTRAL_BYTES + view.getUint16(position + 28, true);
  const extraEnd = nameEnd + view.getUint16(position + 30, true);
  const next = extraEnd + view.getUint16(position + 32, true);
  if (next > view.byteLength) throw damaged(fileName, "whole directory entries", "a truncated one");
  const nameStart = view.byteOffset + position + CENTRAL_BYTES;
  const name = new TextDecoder().decode(
    new Uint8Array(view.buffer, nameStart, nameEnd - position - CENTRAL_BYTES),
  );
  const extra = new DataView(view.buffer, view.byteOffset + nameEnd, extraEnd - nameEnd);
  const sizes = readSizes(`${fileName}, entry "${name}"`, view, position, extra);
  const encrypted = (flags & 1) !== 0;
  return { entry: { name, stored: method === 0 && !encrypted, ...sizes }, next };
}

/** Sizes and offset of an entry; the zip64 field holds those that the entry marks, in this order. */
function readSizes(where: string, view: DataView, position: number, extra: DataView) {
  let field = findZip64Field(extra);
  const read = (offset: number) => {
    const value = view.getUint32(position + offset, true);
    if (value !== IN_ZIP64.u32) return value;
    if (field === undefined || field + 8 > extra.byteLength) {
      throw damaged(where, "a zip64 field with its sizes", "none");
    }
    field += 8;
    return readUint64(where, extra, field - 8);
  };
  read(24);
  return { byteLength: read(20), headerOffset: read(42) };
}

function findZip64Field(extra: DataView): number | undefined {
  let position = 0;
  while (position + 4 <= extra.byteLength) {
    if (extra.getUint16(position, true) === ZIP64_FIELD) return position + 4;
    position += 4 + extra.getUint16(position + 2, true);
  }
  return undefined;
}

function readUint64(where: string, view: DataView, position: number): number {
  const value = view.getBigUint64(position, true);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw damaged(where, "sizes below 2^53", String(value));
  return Number(value);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function damaged(where: string, expected: string, got: string): ModelFileError {
  const fix = "The file is truncated or not a zip file; download it again.";
  return new ModelFileError({ where, expected, got, fix });
}
