/** A file to be written into a zip, stored as it is. */
export interface ZipFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Compression method to claim; 0, stored, unless given. */
  readonly method?: number;
}

/** Puts zip64 fields where the plain ones would do, as PyTorch does for large files. */
export interface ZipOptions {
  readonly zip64?: boolean;
}

const u16 = (value: number) => Uint8Array.of(value & 255, value >> 8);
const u32 = (value: number) => Uint8Array.of(value, value >> 8, value >> 16, value >>> 24);
const u64 = (value: number) => new Uint8Array(BigUint64Array.of(BigInt(value)).buffer);

/** Writes a zip file for tests, hostile ones included: names may repeat, and checksums are 0. */
export function writeZip(files: readonly ZipFile[], { zip64 = false }: ZipOptions = {}): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let position = 0;
  const put = (...pieces: Uint8Array[]) => {
    parts.push(...pieces);
    position += pieces.reduce((sum, piece) => sum + piece.length, 0);
  };
  for (const { name, bytes, method = 0 } of files) {
    directory.push(directoryEntry(name, bytes.length, method, position, zip64));
    const encoded = Buffer.from(name);
    // An extra field in the local header alone, as PyTorch pads with.
    const padding = [u16(0x4246), u16(3), Uint8Array.of(90, 90, 90)];
    const sizes = [u32(0), u32(bytes.length), u32(bytes.length), u16(encoded.length), u16(7)];
    put(u32(0x04034b50), u16(20), u16(0), u16(method), u32(0), ...sizes, encoded, ...padding, bytes);
  }
  const start = position;
  put(...directory);
  const length = position - start;
  if (zip64) {
    const end64 = position;
    put(u32(0x06064b50), u64(44), u16(45), u16(45), u32(0), u32(0));
    put(u64(files.length), u64(files.length), u64(length), u64(start));
    put(u32(0x07064b50), u32(0), u64(end64), u32(1));
    put(u32(0x06054b50), u16(0), u16(0), u16(0xffff), u16(0xffff), u32(0xffffffff), u32(0xffffffff), u16(0));
  } else {
    put(
      u32(0x06054b50),
      u16(0),
      u16(0),
      u16(files.length),
      u16(files.length),
      u32(length),
      u32(start),
      u16(0),
    );
  }
  return new Uint8Array(Buffer.concat(parts));
}

function directoryEntry(
  name: string,
  length: number,
  method: number,
  offset: number,
  zip64: boolean,
): Uint8Array {
  const encoded = Buffer.from(name);
  const extra = zip64
    ? [u16(0x9999), u16(1), Uint8Array.of(0), u16(1), u16(24), u64(length), u64(length), u64(offset)]
    : [];
  const extraLength = extra.reduce((sum, piece) => sum + piece.length, 0);
  const plain = (value: number) => u32(zip64 ? 0xffffffff : value);
  return Buffer.concat([
    ...[u32(0x02014b50), u16(45), u16(45), u16(0), u16(method), u32(0), u32(0), plain(length), plain(length)],
    ...[
      u16(encoded.length),
      u16(extraLength),
      u16(0),
      u16(0),
      u16(0),
      u32(0),
      plain(offset),
      encoded,
      ...extra,
    ],
  ]);
}
