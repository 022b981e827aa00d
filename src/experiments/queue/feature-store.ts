import type { Redis } from "ioredis";
import { type FeatureCache, type FeatureCacheOptions, openFeatureCache } from "../../data/feature-cache.ts";
import { CENTRE_VIEW, hashBytes, packedHashes, unpackFeatures } from "../packed-features.ts";

/** Pictures that are encoded as one job. */
export const CHUNK_PICTURES = 256;
/** Seconds that features stay in Redis after they were put there. */
const KEEP_SECONDS = 7 * 24 * 3600;

/**
 * Features in Redis, on their way from the worker that encoded the pictures to all others. Those of a data set by one model are a set of
 * chunks.
 */
export interface FeatureStore {
  /** Whether a chunk is there. */
  has(set: string, chunk: string): Promise<boolean>;
  /** @param packed from `packFeatures` */
  put(set: string, chunk: string, packed: Uint8Array): Promise<void>;
  /**
   * Puts all chunks of a set into this machine's cache, those apart that it has already.
   *
   * @throws {ModelFileError} if what is there is not features
   * @throws {StorageError} if the cache is damaged
   */
  fetch(set: string, cache: FeatureCacheOptions): Promise<void>;
}

/** @param queue name in Redis */
export function createFeatureStore(client: Redis, queue: string): FeatureStore {
  const setKey = (set: string) => `lamm-files:${queue}:features:${set}`;
  const chunkKey = (set: string, chunk: string) => `${setKey(set)}:${chunk}`;
  /** Chunks that this machine's cache has, as far as this process knows. */
  const fetched = new Set<string>();
  const fetchChunk = async (key: string, cache: FeatureCache) => {
    const front = await client.getrangeBuffer(key, 0, hashBytes(CHUNK_PICTURES) - 1);
    if (front.length === 0) return;
    const has = (contentHash: string) => cache.get({ contentHash, view: CENTRE_VIEW }) !== undefined;
    if (!packedHashes(front).every(has)) {
      const packed = await client.getBuffer(key);
      if (packed === null) return;
      cache.put(unpackFeatures(packed).map((feature) => ({ ...feature, view: CENTRE_VIEW })));
    }
    fetched.add(key);
  };
  return {
    has: async (set, chunk) => (await client.exists(chunkKey(set, chunk))) === 1,
    async put(set, chunk, packed) {
      const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
      await client.set(chunkKey(set, chunk), bytes, "EX", KEEP_SECONDS);
      await client.sadd(setKey(set), chunk);
      await client.expire(setKey(set), KEEP_SECONDS);
      fetched.add(chunkKey(set, chunk));
    },
    async fetch(set, options) {
      const keys = (await client.smembers(setKey(set))).map((chunk) => chunkKey(set, chunk));
      const missing = keys.filter((key) => !fetched.has(key));
      if (missing.length === 0) return;
      const cache = openFeatureCache(options);
      try {
        for (const key of missing) await fetchChunk(key, cache);
      } finally {
        cache.close();
      }
    },
  };
}
