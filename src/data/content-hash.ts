// Node only: reads files and hashes with node:crypto.
import { hash } from "node:crypto";
import { readPictureBytes } from "./decode-image.ts";

/** SHA-256 of a file's bytes in 64 hexadecimal digits: what the feature cache and the augmented views know a picture by. */
export function contentHashOf(bytes: Uint8Array): string {
  return hash("sha256", bytes, "hex");
}

/** What is known of a file after reading it once. */
export interface PictureFile {
  /** From {@link contentHashOf}. */
  readonly hash: string;
  /** Size in bytes. */
  readonly bytes: number;
}

/**
 * Reads and hashes a picture file.
 *
 * @throws {DataError} if it cannot be read
 */
export async function hashPicture(path: string): Promise<PictureFile> {
  const content = await readPictureBytes(path);
  return { hash: contentHashOf(content), bytes: content.length };
}
