// Node only: reads files.
import { readFileSync, statSync } from "node:fs";
import { DataError } from "../../../errors.ts";

/** The longest published list, of SUN397's training pictures, has less than a megabyte. */
const MAX_BYTES = 64 * 2 ** 20;

/**
 * The lines of a list that are not empty, without white space at their ends.
 *
 * @throws {DataError} if it cannot be read, is too large, or has none
 */
export function readLines(file: string): string[] {
  const expected = "a list with one entry a line";
  const lines = readText(file, expected)
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  if (lines.length > 0) return lines;
  throw new DataError({ where: file, expected, got: "an empty file", fix: FIX });
}

/** What to do about a list that is not as it should be. */
const FIX = "Get the list again.";

/**
 * The text of a small file.
 *
 * @param expected what it should be, for errors
 * @throws {DataError} if it cannot be read or is too large
 */
export function readText(file: string, expected: string): string {
  try {
    const { size } = statSync(file);
    if (size > MAX_BYTES) throw new Error(`a file of ${size} bytes, more than ${MAX_BYTES}`);
    return readFileSync(file, "utf8");
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    throw new DataError({ where: file, expected, got, fix: FIX, cause });
  }
}

/** The error of a line that is not as it should be. */
export function lineError(file: string, expected: string, line: string): DataError {
  const shown = line.length > 200 ? `${line.slice(0, 200)}…` : line;
  return new DataError({ where: file, expected, got: JSON.stringify(shown), fix: FIX });
}
