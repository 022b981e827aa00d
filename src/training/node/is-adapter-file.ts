// Node only: reads files.
import { parseSafetensors } from "../../clip/checkpoint/safetensors.ts";
import { ModelFileError } from "../../errors.ts";
import { withFileSource } from "../../tensor/node/file-source.ts";
import { isAdapterMetadata } from "../adapter-file.ts";

/**
 * Whether a file is an adapter, of this version or another. Its header alone is read, so that a large file takes no time.
 *
 * @throws {StorageError} if there is no such file, or it cannot be read
 */
export function isAdapterFile(path: string): boolean {
  try {
    return isAdapterMetadata(withFileSource(path, parseSafetensors).metadata);
  } catch (error) {
    if (error instanceof ModelFileError) return false;
    throw error;
  }
}
