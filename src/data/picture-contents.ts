// Node only: reads files.
import { DataError } from "../errors.ts";
import { viewKey } from "./augmentation.ts";
import { hashPicture, type PictureFile } from "./content-hash.ts";
import type { FeatureCache } from "./feature-cache.ts";

/** Files that are hashed at a time. */
const HASHED_AT_ONCE = 8;

/** A picture's content: all files that have it, and its features so far. */
export interface PictureContent {
  /** SHA-256 of the bytes; empty for a file that could not be read. */
  readonly hash: string;
  /** Size of the file; 0 for one that could not be read. */
  readonly bytes: number;
  /** Indices of the pictures that have it, ascending; the first one is decoded. */
  readonly indices: number[];
  /** By view; each float32 `[D]`. */
  readonly features: (Float32Array | undefined)[];
  /** Views that the cache does not have, ascending. */
  readonly missing: readonly number[];
  /** Views that are still to be encoded. */
  left: number;
  /** Why it has no features. */
  unreadable: string | undefined;
}

/** Which pictures' contents to collect. */
export interface CollectOptions {
  /** Paths of picture files. */
  readonly pictures: readonly string[];
  /** Number of views that are wanted of each. */
  readonly views: number;
  /** Of the random crops; an integer. */
  readonly seed: number;
  readonly cache?: FeatureCache;
  /** Stops the work between two files. */
  readonly signal?: AbortSignal;
}

/**
 * Reads all files once, puts those of equal content together, and looks the contents up in the cache.
 *
 * @param onContent called after each file with what is known of its content
 * @returns the contents in the order in which they first occur; a file that cannot be read is one of its own
 * @throws {StorageError} if the cache's file is damaged
 * @throws the signal's reason once it is aborted
 */
export async function collectContents(
  options: CollectOptions,
  onContent: (content: PictureContent) => void,
): Promise<PictureContent[]> {
  const { pictures, signal } = options;
  const contents: PictureContent[] = [];
  const byHash = new Map<string, PictureContent>();
  for (let start = 0; start < pictures.length; start += HASHED_AT_ONCE) {
    signal?.throwIfAborted();
    const paths = pictures.slice(start, start + HASHED_AT_ONCE);
    const files = await Promise.all(paths.map((path) => hashPicture(path).catch(unusableReason)));
    files.forEach((found, offset) => {
      const index = start + offset;
      const known = "hash" in found ? byHash.get(found.hash) : undefined;
      const content = known ?? ("hash" in found ? lookUp(found, options) : unreadableFile(found.reason));
      content.indices.push(index);
      if (known === undefined) {
        contents.push(content);
        byHash.set(content.hash, content);
      }
      onContent(content);
    });
  }
  return contents;
}

/**
 * The reason of a picture that is not usable; any other error is thrown on.
 *
 * @throws the error, unless it is a `DataError`
 */
export function unusableReason(error: unknown): { readonly reason: string } {
  if (error instanceof DataError) return { reason: error.details.got };
  throw error;
}

function unreadableFile(reason: string): PictureContent {
  return { hash: "", bytes: 0, indices: [], features: [], missing: [], left: 0, unreadable: reason };
}

function lookUp(file: PictureFile, { views, seed, cache }: CollectOptions): PictureContent {
  const features = Array.from({ length: views }, (_, view) =>
    cache?.get({ contentHash: file.hash, view: viewKey({ view, seed }) }),
  );
  const missing = [...features.keys()].filter((view) => features[view] === undefined);
  return { ...file, indices: [], features, missing, left: missing.length, unreadable: undefined };
}
