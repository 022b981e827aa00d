// Node only: reads files.
import { readFileSync } from "node:fs";
import { ModelFileError } from "../../errors.ts";
import type { ByteSource } from "../../tensor/byte-source.ts";
import { withFileSource } from "../../tensor/node/file-source.ts";
import type { NamedTensors } from "../checkpoint/layouts.ts";
import { parsePytorchZip } from "../checkpoint/pytorch-zip.ts";
import { parseSafetensors } from "../checkpoint/safetensors.ts";
import { mergeShards, parseShardIndex } from "../checkpoint/sharded.ts";

/** What `git` leaves in place of a large file when Git LFS is not installed. */
const LFS_POINTER = "version https://git-lfs";
/** How a zip file begins, and a pickle. */
const ZIP = [0x50, 0x4b];
const PICKLE = [0x80];

/**
 * Finds the tensors of a file of weights, whatever its name: safetensors or PyTorch's zip format. Tensors stay in the file.
 *
 * @param path of the file
 * @throws {ModelFileError} if it is damaged, hostile, empty, or of another kind
 * @throws {StorageError} if it cannot be read
 */
export function readCheckpointTensors(path: string): NamedTensors {
  return withFileSource(path, (source) => {
    const start = source.read(0, Math.min(LFS_POINTER.length, source.byteLength));
    if (new TextDecoder().decode(start) === LFS_POINTER) throw lfsPointer(source);
    const isPytorch = beginsWith(start, ZIP) || beginsWith(start, PICKLE);
    return isPytorch ? parsePytorchZip(source) : parseSafetensors(source).tensors;
  });
}

/**
 * Finds the tensors of weights in several files.
 *
 * @param index path of the index
 * @param shards paths of the files that are there, by their names
 * @throws {ModelFileError} if a file is missing or damaged, or index and files disagree
 */
export function readShardedTensors(index: string, shards: ReadonlyMap<string, string>): NamedTensors {
  return mergeShards(index, parseShardIndex(index, readFileSync(index)), (name) => {
    const path = shards.get(name);
    if (path !== undefined) return readCheckpointTensors(path);
    throw new ModelFileError({
      where: index,
      expected: `the file ${name} in the same folder`,
      got: "none",
      fix: "Download all files of the checkpoint.",
    });
  });
}

function beginsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return start.every((byte, index) => bytes[index] === byte);
}

function lfsPointer(source: ByteSource): ModelFileError {
  return new ModelFileError({
    where: source.name,
    expected: "weights",
    got: "Git LFS's placeholder for them",
    fix: "Install Git LFS and run: git lfs pull.",
  });
}
