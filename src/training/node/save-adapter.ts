// Node only: writes files.
import { writeFileAtomically } from "../../tensor/node/atomic-file.ts";
import type { Adapter } from "../adapter.ts";
import { serializeAdapter } from "../adapter-file.ts";

/**
 * Writes an adapter to a file, whole or not at all.
 *
 * @returns bytes written
 * @throws {StorageError} if the disk is full or the folder cannot be written to
 */
export function saveAdapter(path: string, adapter: Adapter): number {
  const pieces = serializeAdapter(adapter);
  writeFileAtomically(path, pieces);
  return pieces.reduce((sum, piece) => sum + piece.length, 0);
}
