// Node only: reads files.
import { readFileSync, statSync } from "node:fs";
import { ModelFileError, StorageError } from "../../errors.ts";
import type { Adapter } from "../adapter.ts";
import { parseAdapter } from "../adapter-file.ts";

/** 21,000 classes at width 1,024 with their learned tokens and both text features have 400 MB; more is not an adapter. */
const MAX_BYTES = 2 ** 30;

/**
 * Reads an adapter file.
 *
 * @throws {StorageError} if there is no such file
 * @throws {ModelFileError} if it is no adapter, or damaged
 */
export function readAdapter(path: string): Adapter {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats?.isFile()) {
    const got = stats === undefined ? "no such file" : "a folder";
    throw new StorageError({ where: path, expected: "an adapter that `lamm train` wrote", got });
  }
  if (stats.size > MAX_BYTES) {
    throw new ModelFileError({ where: path, expected: "an adapter", got: `a file of ${stats.size} bytes` });
  }
  return parseAdapter(path, readFileSync(path));
}
