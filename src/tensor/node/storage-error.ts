// Node only: explains the system's error codes.
import { StorageError } from "../../errors.ts";

const explanations: Readonly<Record<string, readonly [got: string, fix: string]>> = {
  ENOSPC: ["a full disk", "Free some space and try again; an earlier file of this name is as it was."],
  EDQUOT: ["a used-up quota", "Free some space and try again; an earlier file of this name is as it was."],
  EFBIG: ["a limit on the size of files", "Raise the limit or write elsewhere."],
  EACCES: ["a folder without write permission", "Choose another folder or change its permissions."],
  EPERM: ["a folder without write permission", "Choose another folder or change its permissions."],
  EROFS: ["a read-only file system", "Choose a folder elsewhere."],
  ENOENT: ["a folder that does not exist", "Create the folder first."],
  ENOTDIR: ["a path through something that is not a folder", "Choose another path."],
  // What making folders gives where one of them is a file.
  EEXIST: ["a path through something that is not a folder", "Choose another path."],
  EISDIR: ["a folder of that name", "Choose another name."],
};

/**
 * The error of a file that could not be written, in words instead of the system's code.
 *
 * @param file path that was being written
 * @param cause what the system threw; a `StorageError` is given back as it is
 */
export function storageErrorOf(file: string, cause: unknown): StorageError {
  if (cause instanceof StorageError) return cause;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const [got, fix] = explanations[code] ?? [
    cause instanceof Error ? cause.message : String(cause),
    undefined,
  ];
  return new StorageError({
    where: file,
    expected: "a file that can be written",
    got: code !== "" && fix !== undefined ? `${got} (${code})` : got,
    cause,
    ...(fix === undefined ? {} : { fix }),
  });
}
