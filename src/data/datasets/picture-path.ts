// Node only: the paths are those of files.
import { posix } from "node:path";
import { DataError } from "../../errors.ts";

/**
 * A path from a file from elsewhere, checked to stay below the folder that it begins in, on every platform.
 *
 * @param path with forward slashes
 * @param where file that it is from, for errors
 * @returns the path without `.` and `..`
 * @throws {DataError} if it is absolute, leads out of the folder, has backslashes, or is no path of a file
 */
export function checkedPicturePath(path: string, where: string): string {
  const normal = posix.normalize(path);
  const isInside = !/^(?:\/|[A-Za-z]:|\.\.(?:\/|$))/.test(normal) && !/[\\\0]/.test(path);
  if (isInside && normal !== "." && !normal.endsWith("/")) return normal;
  throw new DataError({
    where,
    expected: "paths of pictures inside the image folder, with forward slashes",
    got: JSON.stringify(path),
    fix: "Write them as they are below that folder.",
  });
}
