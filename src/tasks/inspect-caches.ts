import { accessSync, constants, existsSync, lstatSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { countFeatures, defaultFeatureCacheFile } from "../data/feature-cache.ts";
import { LammError } from "../errors.ts";
import { storageErrorOf } from "../tensor/node/storage-error.ts";

/** Files that SQLite keeps beside a database. */
const DATABASE_PARTS = ["", "-wal", "-shm"];

/** The folder of models from the hub. */
export interface HubCacheState {
  readonly folder: string;
  readonly models: number;
  /** Bytes of all files in it, those of other programs included. */
  readonly bytes: number;
  /** Why nothing can be downloaded to it, and what to do. */
  readonly problem?: string;
}

/** The file of image features. */
export interface FeatureCacheState {
  readonly file: string;
  readonly features: number;
  readonly bytes: number;
  /** Why it cannot be used, and what to do. */
  readonly problem?: string;
}

/**
 * What is in the hub's cache; nothing is written.
 *
 * @param folder of the cache; it need not exist
 */
export function inspectHubCache(folder: string): HubCacheState {
  return inspect({ folder, models: 0, bytes: 0 }, folder, "HF_HOME", () => {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    const isModel = (path: string, name: string) => path === folder && name.startsWith("models--");
    const models = entries.filter(({ parentPath, name }) => isModel(parentPath, name)).length;
    // Names in snapshots are links to contents, which count once.
    const files = entries.filter((entry) => entry.isFile());
    const sizes = files.map(({ parentPath, name }) => sizeOf(join(parentPath, name)));
    return { folder, models, bytes: sizes.reduce((sum, size) => sum + size, 0) };
  });
}

/**
 * What is in the cache of image features; nothing is written.
 *
 * @param file of the cache, the user's if not given; it need not exist
 */
export function inspectFeatureCache(file = defaultFeatureCacheFile()): FeatureCacheState {
  const bytes = DATABASE_PARTS.reduce((sum, part) => sum + sizeOf(`${file}${part}`), 0);
  return inspect({ file, features: 0, bytes }, file, "LAMM_CACHE", () => {
    return { file, features: countFeatures(file), bytes };
  });
}

/**
 * Looks into a path if it exists, and finds out whether it can be written, or made.
 *
 * @param variable environment variable that moves it elsewhere
 */
function inspect<T extends object>(
  empty: T,
  path: string,
  variable: string,
  look: () => T,
): T & { readonly problem?: string } {
  let state = empty;
  try {
    if (existsSync(path)) state = look();
    checkWritable(path);
    return state;
  } catch (cause) {
    const { message } = cause instanceof LammError ? cause : storageErrorOf(path, cause);
    return { ...state, problem: `${message} ${variable} names another folder.` };
  }
}

/** Throws unless a file or folder can be written to; where it is not there, whether it can be made. */
function checkWritable(path: string): void {
  const folder = nearestExisting(path);
  accessSync(folder, constants.W_OK);
  // A file where a folder should be: what making folders would give.
  if (folder !== path && !statSync(folder).isDirectory()) {
    throw Object.assign(new Error(folder), { code: "ENOTDIR" });
  }
}

function nearestExisting(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestExisting(dirname(path));
}

/** Bytes of a file; 0 where there is none, as another process may have removed it just now. */
function sizeOf(path: string): number {
  try {
    return lstatSync(path).size;
  } catch {
    return 0;
  }
}
