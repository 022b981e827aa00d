// Node only: keeps features in SQLite.
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StorageError } from "../errors.ts";
import { cacheFolder } from "../tensor/node/cache-folder.ts";
import { storageErrorOf } from "../tensor/node/storage-error.ts";

/** Version of the tables below; a file of another one is not touched. */
const SCHEMA_VERSION = 1;
/** Marks the file as ours among SQLite files: "lamm" in ASCII. */
const APPLICATION_ID = 0x6c616d6d;
/**
 * Bytes of a page of a new file. Of SQLite's own 4,096 a feature of 512 numbers fills half, and a second one does not fit: 4,160 bytes
 * a feature instead of 2,400. A file that is there keeps its pages.
 */
const PAGE_SIZE = 16_384;
/** How long to wait for another process's transaction, in milliseconds. Ours take a few. */
const BUSY_TIMEOUT = 20_000;

/** SQLite's primary result codes that mean that the file's content is wrong: CORRUPT, NOTADB. */
const DAMAGE_CODES: ReadonlySet<number> = new Set([11, 26]);
/** Primary result code BUSY. */
const BUSY_CODE = 5;

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
      if (isDamage(cause)) throw damaged(file, cause);
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
  try {
    const database = new DatabaseSync(file, { readOnly: true, timeout: BUSY_TIMEOUT });
    try {
      if (isNew(database)) return 0;
      checkOrigin(database, file);
      return Number(database.prepare("SELECT count(*) AS n FROM features").get()?.n);
    } finally {
      database.close();
    }
  } catch (cause) {
    if (isDamage(cause)) throw damaged(file, cause);
    if (cause instanceof StorageError) throw cause;
    const got = cause instanceof Error ? cause.message : String(cause);
    throw new StorageError({ where: file, expected: "a file that can be read", got, cause });
  }
}

/** The open database, of which every operation may throw SQLite's errors. */
interface FeatureTable extends FeatureCache {}

function openTable(
  file: string,
  { preprocessing, weightsHash }: Pick<FeatureCacheOptions, "preprocessing" | "weightsHash">,
): FeatureTable {
  mkdirSync(dirname(file), { recursive: true });
  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT });
  try {
    useWriteAheadLog(database);
    const source = transaction(database, () => {
      checkOrCreate(database, file);
      return sourceId(database, preprocessing, weightsHash);
    });
    return createTable(database, source);
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
      transaction(database, () => {
        for (const { contentHash, view, feature } of entries) {
          const bytes = new Uint8Array(feature.buffer, feature.byteOffset, feature.byteLength);
          insert.run(source, Buffer.from(contentHash, "hex"), view, bytes);
        }
      });
    },
    close: () => database.close(),
  };
}

/** Sets the pages of a new file, and lets others read while one writes. Another process that is just switching the file over does it for us too. */
function useWriteAheadLog(database: DatabaseSync): void {
  try {
    database.exec(`PRAGMA page_size = ${PAGE_SIZE}; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL`);
  } catch (error) {
    if (primaryCode(error) !== BUSY_CODE) throw error;
  }
}

function transaction<T>(database: DatabaseSync, body: () => T): T {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = body();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    // After a full disk SQLite has rolled back itself.
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

const versionOf = (database: DatabaseSync) =>
  Number(database.prepare("PRAGMA user_version").get()?.user_version);

function isNew(database: DatabaseSync): boolean {
  const objects = Number(database.prepare("SELECT count(*) AS n FROM sqlite_schema").get()?.n);
  return objects === 0 && versionOf(database) === 0;
}

function checkOrCreate(database: DatabaseSync, file: string): void {
  if (isNew(database)) {
    database.exec(`
      PRAGMA application_id = ${APPLICATION_ID};
      PRAGMA user_version = ${SCHEMA_VERSION};
      CREATE TABLE sources (
        id INTEGER PRIMARY KEY, preprocessing TEXT NOT NULL, weights TEXT NOT NULL,
        UNIQUE (preprocessing, weights)
      ) STRICT;
      CREATE TABLE features (
        source INTEGER NOT NULL REFERENCES sources (id), content BLOB NOT NULL, view TEXT NOT NULL,
        feature BLOB NOT NULL, PRIMARY KEY (source, content, view)
      ) STRICT`);
    return;
  }
  checkOrigin(database, file);
}

/** Throws where the tables are another program's or another version's. */
function checkOrigin(database: DatabaseSync, file: string): void {
  const application = Number(database.prepare("PRAGMA application_id").get()?.application_id);
  const version = versionOf(database);
  const expected = `a feature cache of version ${SCHEMA_VERSION}`;
  if (application !== APPLICATION_ID) {
    const fix = "Name another file for the cache.";
    throw new StorageError({ where: file, expected, got: "another program's database", fix });
  }
  if (version !== SCHEMA_VERSION) {
    const fix = "Update lamm, delete the file, or keep the cache elsewhere by setting LAMM_CACHE.";
    throw new StorageError({ where: file, expected, got: `version ${version}`, fix });
  }
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

/** SQLite's result code without its extension, or `undefined` for errors of others. */
function primaryCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error)) return undefined;
  return Number(error.errcode) & 0xff;
}

function isDamage(error: unknown): boolean {
  return DAMAGE_CODES.has(primaryCode(error) ?? 0);
}

function damaged(file: string, cause: unknown): StorageError {
  return new StorageError({
    where: file,
    expected: "a feature cache",
    got: `a damaged file (${cause instanceof Error ? cause.message : String(cause)})`,
    fix: "Delete it; the features are computed again.",
    cause,
  });
}
