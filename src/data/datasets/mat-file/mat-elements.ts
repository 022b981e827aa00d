// Node only: inflates with node:zlib.
import { inflateSync } from "node:zlib";

/** Most bytes that a compressed element may have when it is inflated; those of published annotations have a few megabytes. */
const MAX_INFLATED = 256 * 2 ** 20;

/** Types of data elements. */
export const MATRIX = 14;
const COMPRESSED = 15;

/** One data element: its type and its bytes. */
export interface MatElement {
  readonly type: number;
  readonly data: Buffer;
}

/**
 * The data elements that lie one after the other in a piece of a MATLAB 5 file, compressed ones inflated.
 *
 * @param bytes little-endian
 * @throws {RangeError} if an element does not end in the piece
 */
export function* readElements(bytes: Buffer): Generator<MatElement> {
  let offset = 0;
  while (offset < bytes.length) {
    const word = bytes.readUInt32LE(offset);
    const small = word >>> 16;
    // A small element keeps its size beside the type and up to four bytes in place of the size.
    const type = small > 0 ? word & 0xffff : word;
    const size = small > 0 ? small : bytes.readUInt32LE(offset + 4);
    const start = offset + (small > 0 ? 4 : 8);
    if (start + size > bytes.length || small > 4) throw new RangeError("an element beyond the end");
    const data = bytes.subarray(start, start + size);
    if (type === COMPRESSED) {
      yield* readElements(inflateSync(data, { maxOutputLength: MAX_INFLATED }));
      offset = start + size;
    } else {
      yield { type, data };
      // Elements begin at multiples of eight; a writer may leave out the padding of the last one.
      offset = Math.min(bytes.length, small > 0 ? offset + 8 : start + Math.ceil(size / 8) * 8);
    }
  }
}

const readers: Readonly<
  Record<number, readonly [bytes: number, read: (data: Buffer, at: number) => number]>
> = {
  1: [1, (data, at) => data.readInt8(at)],
  2: [1, (data, at) => data.readUInt8(at)],
  3: [2, (data, at) => data.readInt16LE(at)],
  4: [2, (data, at) => data.readUInt16LE(at)],
  5: [4, (data, at) => data.readInt32LE(at)],
  6: [4, (data, at) => data.readUInt32LE(at)],
  7: [4, (data, at) => data.readFloatLE(at)],
  9: [8, (data, at) => data.readDoubleLE(at)],
  12: [8, (data, at) => Number(data.readBigInt64LE(at))],
  13: [8, (data, at) => Number(data.readBigUInt64LE(at))],
  // Text: UTF-8, which is ASCII in the files that we read, UTF-16 and UTF-32.
  16: [1, (data, at) => data.readUInt8(at)],
  17: [2, (data, at) => data.readUInt16LE(at)],
  18: [4, (data, at) => data.readUInt32LE(at)],
};

/**
 * The numbers of an element, whatever their type is.
 *
 * @throws {RangeError} if it has none, or bytes that are left over
 */
export function numbersIn({ type, data }: MatElement): number[] {
  const reader = readers[type];
  if (reader === undefined) throw new RangeError(`an element of type ${type}`);
  const [bytes, read] = reader;
  if (data.length % bytes !== 0) throw new RangeError(`${data.length} bytes for numbers of ${bytes} bytes`);
  return Array.from({ length: data.length / bytes }, (_, index) => read(data, index * bytes));
}
