// Node only: keeps features in SQLite.
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { StorageError } from "../errors.ts";
import { cacheFolder } from "../tensor/node/cache-folder.ts";
import { storageErrorOf } from "../tensor/node/storage-error.ts";
import {
  damaged,
  inTransaction,
  isDamage,
  openSqliteFile,
  readSqliteFile,
  type SqliteKind,
} from "./sqlite-file.ts";

const FEATURE_CACHE: SqliteKind = {
  what: "a feature cache",
  // "lamm" in ASCII.
  applicationId: 0x6c616d6d,
  version: 1,
  // Of SQLite's own pages of 4,096 bytes a feature of 512 numbers fills half, and a second one does not fit: 4,160 bytes a feature
  // instead of 2,400. A file that is there keeps its pages.
  pageSize: 16_384,
  tables: `
    CREATE TABLE sources (
      id INTEGER PRIMARY KEY, preprocessing TEXT NOT NULL, weights TEXT NOT NULL,
      UNIQUE (preprocessing, weights)
    ) STRICT;
    CREATE TABLE features (
      source INTEGER NOT NULL REFERENCES sources (id), content BLOB NOT NULL, view TEXT NOT NULL,
      feature BLOB NOT NULL, PRIMARY KEY (source, content, view)
    ) STRICT`,
  fix: {
    stranger: "Name another file for the cache.",
    version: "Update lamm, delete the file, or keep the cache elsewhere by setting LAMM_CACHE.",
    damage: "Delete it; the features are computed again.",
  },
};

/** What a feature belongs to besides the model and the preprocessing. */
export interface FeatureKey {
  /** SHA-256 of the picture file's bytes, 64 hexadecimal digits. */
  readonly contentHash: string;
  /** From `viewKey`. */
  readonly view: string;
}

/** A feature to keep. */
export interface FeatureEntry extends FeatureKey {
  /** Raw image feature, float32 `[D]`. */
  readonly feature: Float32Array;
}

/**
 * Image features by content, for one model and preprocessing. Several processes may use one file. Where the file cannot be
 * written, the cache warns once and from then on finds and keeps nothing.
 */
export interface FeatureCache {
  /**
   * The feature that was kept under a key, `[D]`, or `undefined`.
   *
   * @throws {StorageError} if the file is damaged
   */
  get(key: FeatureKey): Float32Array | undefined;
  /**
   * Keeps features, all in one transaction: they outlive a killed process once this returns.
   *
   * @throws {StorageError} if the file is damaged
   */
  put(entries: readonly FeatureEntry[]): void;
  /** Closes the file. A closed cache finds and keeps nothing. */
  close(): void;
}

/** Where the features of a cache come from, and where it keeps them. */
export interface FeatureCacheOptions {
  /** From `preprocessingKey`. */
  readonly preprocessing: string;
  /** Hash of the image tower's weights. */
  readonly weightsHash: string;
  /** Path of the file; `defaultFeatureCacheFile()` where it is left out. Its folder is made. */
  readonly file?: string;
  /** Called with one sentence when the file turns out not to be usable; the work goes on without a cache. */
  readonly onWarning: (message: string) => void;
}

/** Path of the feature cache in the user's cache folder. */
export function defaultFeatureCacheFile(): string {
  return join(cacheFolder(), "features.sqlite");
}

/**
 * Opens the cache of image features, and makes it where there is none.
 *
 * @throws {StorageError} if the file is damaged, of another program, or of a newer version of this one
 */
export function openFeatureCache(options: FeatureCacheOptions): FeatureCache {
  const { file = defaultFeatureCacheFile(), onWarning } = options;
  let table: FeatureTable | undefined;
  /** Runs an operation; gives up the cache where the file cannot be used. */
  const attempt = <T>(operation: () => T): T | undefined => {
    try {
      return operation();
    } catch (cause) {
      close();
      if (isDamage(cause)) throw damaged(file, FEATURE_CACHE, cause);
      if (cause instanceof StorageError) throw cause;
      const { got } = storageErrorOf(file, cause).details;
      onWarning(`The feature cache ${file} cannot be used: ${got}. Features are not kept.`);
      return undefined;
    }
  };
  const close = () => {
    const closing = table;
    table = undefined;
    closing?.close();
  };
  table = attempt(() => openTable(file, options));
  return {
    get: (key) => attempt(() => table?.get(key)),
    put(entries) {
      attempt(() => table?.put(entries));
    },
    close,
  };
}

/**
 * Number of features in a cache's file, of all models; nothing is written.
 *
 * @param file path of a file that exists
 * @throws {StorageError} if the file is damaged, of another program or version, or cannot be read
 */
export function countFeatures(file: string): number {
  const count = readSqliteFile(
    file,
    FEATURE_CACHE,
    (database) => database.prepare("SELECT count(*) AS n FROM features").get()?.n,
  );
  return Number(count ?? 0);
}

/** The open database, of which every operation may throw SQLite's errors. */
interface FeatureTable extends FeatureCache {}

function openTable(
  file: string,
  { preprocessing, weightsHash }: Pick<FeatureCacheOptions, "preprocessing" | "weightsHash">,
): FeatureTable {
  const database = openSqliteFile(file, FEATURE_CACHE);
  try {
    return createTable(
      database,
      inTransaction(database, () => sourceId(database, preprocessing, weightsHash)),
    );
  } catch (error) {
    database.close();
    throw error;
  }
}

function createTable(database: DatabaseSync, source: number): FeatureTable {
  const select = database.prepare(
    "SELECT feature FROM features WHERE source = ? AND content = ? AND view = ?",
  );
  const insert = database.prepare(
    "INSERT OR REPLACE INTO features (source, content, view, feature) VALUES (?, ?, ?, ?)",
  );
  return {
    get({ contentHash, view }) {
      const bytes = select.get(source, Buffer.from(contentHash, "hex"), view)?.feature;
      // A copy, because the bytes may begin where a float32 must not.
      return bytes instanceof Uint8Array ? new Float32Array(bytes.slice().buffer) : undefined;
    },
    put(entries) {
      inTransaction(database, () => {
        for (const { contentHash, view, feature } of entries) {
          const bytes = new Uint8Array(feature.buffer, feature.byteOffset, feature.byteLength);
          insert.run(source, Buffer.from(contentHash, "hex"), view, bytes);
        }
      });
    },
    close: () => database.close(),
  };
}

function sourceId(database: DatabaseSync, preprocessing: string, weightsHash: string): number {
  database
    .prepare("INSERT OR IGNORE INTO sources (preprocessing, weights) VALUES (?, ?)")
    .run(preprocessing, weightsHash);
  const row = database
    .prepare("SELECT id FROM sources WHERE preprocessing = ? AND weights = ?")
    .get(preprocessing, weightsHash);
  return Number(row?.id);
}
