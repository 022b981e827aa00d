import { realpathSync, statSync } from "node:fs";
import { ConfigError } from "../errors.ts";
import { checkWritable } from "../tensor/node/check-writable.ts";
import { isAdapterFile } from "../training/node/is-adapter-file.ts";

const FIX = "Name another file with --out.";

/**
 * Finds out before the work whether an adapter can be written to a file, and that nothing is lost by it: what is there already is
 * replaced only where it is an adapter, or empty, and not where the command reads it.
 *
 * @param out file to write
 * @param inputs paths that are read; not that of an adapter which the command changes
 * @throws {ConfigError} if `out` is one of the inputs, or something else than an adapter
 * @throws {StorageError} if it cannot be written
 */
export function checkOutFile(out: string, inputs: readonly (string | undefined)[] = []): void {
  const there = statSync(out, { throwIfNoEntry: false });
  if (there !== undefined && !there.isDirectory()) {
    const target = realpathSync(out);
    const input = inputs.find((path) => path !== undefined && realPath(path) === target);
    if (input !== undefined) {
      const expected = "a file to write that nothing is read from";
      throw new ConfigError({ where: out, expected, got: `the same file as ${input}`, fix: FIX });
    }
    if (!there.isFile() || (there.size > 0 && !isAdapterFile(out))) {
      const got = "something else, which would be lost";
      throw new ConfigError({ where: out, expected: "no file yet, or an adapter to replace", got, fix: FIX });
    }
  }
  checkWritable(out);
}

/** The path without symbolic links; where there is nothing `undefined`. */
function realPath(path: string): string | undefined {
  return statSync(path, { throwIfNoEntry: false }) && realpathSync(path);
}
