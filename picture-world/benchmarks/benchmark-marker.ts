import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { DataError } from "../../src/errors.ts";

/** File that says which pictures a theme's folder holds; it is there only in a finished one. */
const MARKER = "benchmark.json";

const markerSchema = z.object({
  identity: z.string(),
  domains: z.boolean(),
  perClass: z.number().optional(),
});

/** What a theme's folder holds. */
export interface Marker {
  /** Changes with the pictures. */
  readonly identity: string;
  /** Whether the domains are there too. */
  readonly domains: boolean;
  /** Most pictures of a class in a pool; not given if the pools' own. */
  readonly perClass?: number | undefined;
}

/** Notes in a folder what it holds. */
export function writeMarker(folder: string, marker: Marker): void {
  writeFileSync(join(folder, MARKER), JSON.stringify(marker));
}

/** Whether a folder holds all that is wanted; domains that are not wanted may be there. */
export function isUpToDate(folder: string, wanted: Marker): boolean {
  const found = readMarker(join(folder, MARKER));
  if (found === undefined) return false;
  const same = found.identity === wanted.identity && found.perClass === wanted.perClass;
  return same && (found.domains || !wanted.domains);
}

/**
 * Checks that a folder may be replaced: it is not there, is empty, or holds a benchmark.
 *
 * @throws {DataError} if it holds something else, which replacing would delete
 */
export function checkReplaceable(folder: string): void {
  if (!existsSync(folder) || existsSync(join(folder, MARKER))) return;
  const entries = readdirSync(folder);
  if (entries.length === 0) return;
  throw new DataError({
    where: folder,
    expected: `no folder, an empty one, or a benchmark with its ${MARKER}`,
    got: `a folder with "${entries.sort()[0]}" and no ${MARKER}`,
    fix: "Move it away, or write the benchmarks to another folder.",
  });
}

/** A damaged marker counts as none: its benchmark is drawn again. */
function readMarker(file: string): Marker | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return markerSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return undefined;
  }
}
