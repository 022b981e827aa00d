// Node only: reads buffers.

/** Types of data elements that are not numbers. */
export const MATRIX = 14;
export const COMPRESSED = 15;
const UTF8 = 16;

/** One data element: its type and its bytes. */
export interface MatElement {
  readonly type: number;
  readonly data: Buffer;
}

/**
 * The data elements that lie one after the other in a piece of a MATLAB 5 file.
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
    yield { type, data };
    // Elements begin at multiples of eight, but for those after compressed ones; the padding of the last may be left out.
    const end = small > 0 ? offset + 8 : start + (type === COMPRESSED ? size : Math.ceil(size / 8) * 8);
    offset = Math.min(bytes.length, end);
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
  // UTF-16 and UTF-32.
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

/**
 * The text of an element: UTF-8, or a number for each character.
 *
 * @throws {RangeError} if it is neither
 */
export function textIn(element: MatElement): string {
  if (element.type === UTF8) return element.data.toString("utf8");
  return numbersIn(element)
    .map((code) => String.fromCodePoint(code))
    .join("");
}
