import { hashPicture } from "../data/content-hash.ts";
import type { Dataset } from "../data/datasets/dataset.ts";
import { type FeatureCache, openFeatureCache } from "../data/feature-cache.ts";
import type { LabelledPicture } from "../data/image-folder.ts";
import type { CellContext } from "./cell-context.ts";
import { CENTRE_VIEW, packFeatures } from "./packed-features.ts";

/** Some pictures of a data set, to be encoded by a model. Plain JSON. */
export interface PictureChunk {
  /** Name of the data set. */
  readonly dataset: string;
  /** A folder, a file or a hub id. */
  readonly model: string;
  /** Into {@link picturesOf}, ascending. */
  readonly indices: readonly number[];
}

/** A data set's pictures in the order in which chunks count them: those to learn from, then those to test on. */
export function picturesOf({ train, test }: Pick<Dataset, "train" | "test">): readonly LabelledPicture[] {
  return [...train, ...test];
}

/**
 * Encodes the centre views of some pictures into this machine's cache, and packs them for others.
 *
 * @returns packed features of the pictures that could be read, or `undefined` where the signal stopped it
 * @throws {LammError} if the data set or the model cannot be opened
 */
export async function encodeChunk(
  context: CellContext,
  { dataset: name, model, indices }: PictureChunk,
  { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress?: (share: number) => void },
): Promise<Uint8Array | undefined> {
  const dataset = context.dataset(name);
  const source = await context.source(dataset, model);
  const all = picturesOf(dataset);
  const pictures = indices.flatMap((index) => all[index] ?? []);
  const { cache: file } = context.places;
  const encoded = await source.encode(pictures, {
    ...{ views: 1, seed: 0, signal },
    ...(file !== undefined && { cache: file }),
    onEncode: ({ done, total }) => onProgress?.(done / total),
  });
  if (encoded === undefined) return undefined;
  if (file === false) return packFeatures([]);
  const { baseModel } = source;
  const cache = openFeatureCache({ ...baseModel, ...(file !== undefined && { file }), onWarning: () => {} });
  try {
    const paths = encoded.indices.flatMap((index) => pictures[index]?.path ?? []);
    return packFeatures(await readEntries(cache, paths));
  } finally {
    cache.close();
  }
}

/** What the cache has of pictures; equal contents once. */
async function readEntries(cache: FeatureCache, paths: readonly string[]) {
  const entries = new Map<string, Float32Array>();
  for (const path of paths) {
    const { hash } = await hashPicture(path);
    const feature = cache.get({ contentHash: hash, view: CENTRE_VIEW });
    // Where the cache cannot be written, there is nothing to share.
    if (feature !== undefined) entries.set(hash, feature);
  }
  return [...entries].map(([contentHash, feature]) => ({ contentHash, feature }));
}
