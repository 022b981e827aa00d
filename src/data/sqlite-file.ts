// Node only: opens SQLite files.
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StorageError } from "../errors.ts";

/** How long to wait for another process's transaction, in milliseconds. Ours take a few. */
const BUSY_TIMEOUT = 20_000;
/** SQLite's primary result codes that mean that the file's content is wrong: CORRUPT, NOTADB. */
const DAMAGE_CODES: ReadonlySet<number> = new Set([11, 26]);
/** Primary result code BUSY. */
const BUSY_CODE = 5;

/** What a file of ours is. */
export interface SqliteKind {
  /** In words, such as `a feature cache`. */
  readonly what: string;
  /** Marks the file as ours among SQLite files. */
  readonly applicationId: number;
  /** Version of the tables; a file of another one is not touched. */
  readonly version: number;
  /** Bytes of a page of a new file, a power of two; SQLite's own if not given. */
  readonly pageSize?: number;
  /** SQL that makes them. */
  readonly tables: string;
  /** What to do about another program's file, and one of another version. */
  readonly fix: { readonly stranger: string; readonly version: string; readonly damage: string };
}

/**
 * Opens a file of SQLite tables, several processes at a time, and makes it where there is none.
 *
 * @throws {StorageError} if it is another program's or of another version
 * @throws SQLite's own error where the file cannot be opened or is damaged
 */
export function openSqliteFile(file: string, kind: SqliteKind): DatabaseSync {
  mkdirSync(dirname(file), { recursive: true });
  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT });
  try {
    if (kind.pageSize !== undefined) database.exec(`PRAGMA page_size = ${kind.pageSize}`);
    useWriteAheadLog(database);
    inTransaction(database, () => {
      if (!isNew(database)) checkOrigin(database, file, kind);
      else {
        database.exec(
          `PRAGMA application_id = ${kind.applicationId}; PRAGMA user_version = ${kind.version}; ${kind.tables}`,
        );
      }
    });
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Reads from a file that exists; nothing is written.
 *
 * @returns `undefined` for a file without tables
 * @throws {StorageError} if it is damaged, another program's, of another version, or cannot be read
 */
export function readSqliteFile<T>(
  file: string,
  kind: SqliteKind,
  read: (database: DatabaseSync) => T,
): T | undefined {
  try {
    const database = new DatabaseSync(file, { readOnly: true, timeout: BUSY_TIMEOUT });
    try {
      if (isNew(database)) return undefined;
      checkOrigin(database, file, kind);
      return read(database);
    } finally {
      database.close();
    }
  } catch (cause) {
    if (isDamage(cause)) throw damaged(file, kind, cause);
    if (cause instanceof StorageError) throw cause;
    const got = cause instanceof Error ? cause.message : String(cause);
    throw new StorageError({ where: file, expected: "a file that can be read", got, cause });
  }
}

/** Runs operations as one: all of them happen, or none. */
export function inTransaction<T>(database: DatabaseSync, body: () => T): T {
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

/** Whether SQLite says that the file's content is wrong. */
export function isDamage(error: unknown): boolean {
  return DAMAGE_CODES.has(primaryCode(error) ?? 0);
}

/** The error of a file whose content is wrong. */
export function damaged(file: string, { what, fix }: SqliteKind, cause: unknown): StorageError {
  return new StorageError({
    where: file,
    expected: what,
    got: `a damaged file (${cause instanceof Error ? cause.message : String(cause)})`,
    fix: fix.damage,
    cause,
  });
}

/** Lets others read while one writes. Another process that is just switching the file over does it for us too. */
function useWriteAheadLog(database: DatabaseSync): void {
  try {
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  } catch (error) {
    if (primaryCode(error) !== BUSY_CODE) throw error;
  }
}

const versionOf = (database: DatabaseSync) =>
  Number(database.prepare("PRAGMA user_version").get()?.user_version);

function isNew(database: DatabaseSync): boolean {
  const objects = Number(database.prepare("SELECT count(*) AS n FROM sqlite_schema").get()?.n);
  return objects === 0 && versionOf(database) === 0;
}

/** Throws where the tables are another program's or another version's. */
function checkOrigin(database: DatabaseSync, file: string, kind: SqliteKind): void {
  const application = Number(database.prepare("PRAGMA application_id").get()?.application_id);
  const version = versionOf(database);
  const expected = `${kind.what} of version ${kind.version}`;
  if (application !== kind.applicationId) {
    throw new StorageError({
      where: file,
      expected,
      got: "another program's database",
      fix: kind.fix.stranger,
    });
  }
  if (version !== kind.version) {
    throw new StorageError({ where: file, expected, got: `version ${version}`, fix: kind.fix.version });
  }
}

/** SQLite's result code without its extension, or `undefined` for errors of others. */
function primaryCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error)) return undefined;
  return Number(error.errcode) & 0xff;
}
