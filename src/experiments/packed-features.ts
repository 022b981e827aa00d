import { viewKey } from "../data/augmentation.ts";
import { ModelFileError } from "../errors.ts";

/** Key of the view that features are shared of. */
export const CENTRE_VIEW = viewKey({ view: 0, seed: 0 });

/** Bytes of the numbers in front: that of pictures, and the width D. */
const HEAD = 8;
/** Bytes of a SHA-256. */
const HASH = 32;
// Limits of bytes from elsewhere. Chunks have some hundred pictures, CLIPs a joint width of at most 1,024.
const MAX_PICTURES = 100_000;
const MAX_WIDTH = 65_536;

/** The raw feature of a picture's centre view. */
export interface PackedFeature {
  /** SHA-256 of the picture file's bytes, 64 hexadecimal digits. */
  readonly contentHash: string;
  /** float32 `[D]`. */
  readonly feature: Float32Array;
}

/**
 * Packs features into bytes: two 32-bit numbers N and D, N hashes, N rows of D float32, all little-endian, bit for bit.
 *
 * @param features all of one width
 */
export function packFeatures(features: readonly PackedFeature[]): Uint8Array {
  const width = features[0]?.feature.length ?? 0;
  const bytes = new Uint8Array(HEAD + features.length * (HASH + 4 * width));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, features.length, true);
  view.setUint32(4, width, true);
  features.forEach(({ contentHash, feature }, index) => {
    bytes.set(Buffer.from(contentHash, "hex"), HEAD + index * HASH);
    const begin = HEAD + features.length * HASH + 4 * index * width;
    feature.forEach((value, at) => {
      view.setFloat32(begin + 4 * at, value, true);
    });
  });
  return bytes;
}

/** Bytes from the front of packed features that hold the hashes of up to `count` pictures. */
export function hashBytes(count: number): number {
  return HEAD + count * HASH;
}

/**
 * Hashes of the pictures, from the front of packed features or all of them.
 *
 * @throws {ModelFileError} if the bytes are not packed features
 */
export function packedHashes(bytes: Uint8Array): string[] {
  const { count } = readHead(bytes);
  if (bytes.length < hashBytes(count)) throw notPacked(`${bytes.length} bytes for ${count} pictures`);
  return Array.from({ length: count }, (_, index) =>
    Buffer.from(bytes.subarray(hashBytes(index), hashBytes(index + 1))).toString("hex"),
  );
}

/**
 * Features of packed ones.
 *
 * @throws {ModelFileError} if the bytes are not packed features
 */
export function unpackFeatures(bytes: Uint8Array): PackedFeature[] {
  const { count, width } = readHead(bytes);
  const expected = hashBytes(count) + 4 * count * width;
  if (bytes.length !== expected) throw notPacked(`${bytes.length} bytes instead of ${expected}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return packedHashes(bytes).map((contentHash, index) => {
    const begin = hashBytes(count) + 4 * index * width;
    const feature = Float32Array.from({ length: width }, (_, at) => view.getFloat32(begin + 4 * at, true));
    return { contentHash, feature };
  });
}

function readHead(bytes: Uint8Array): { count: number; width: number } {
  if (bytes.length < HEAD) throw notPacked(`${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [count, width] = [view.getUint32(0, true), view.getUint32(4, true)];
  if (count > MAX_PICTURES || width > MAX_WIDTH) throw notPacked(`${count} pictures of width ${width}`);
  return { count, width };
}

function notPacked(got: string): ModelFileError {
  return new ModelFileError({
    where: "features from another machine",
    expected: "packed features of some pictures",
    got,
    fix: "Use the same version of lamm on all machines.",
  });
}
