// Node only: reads files.
import { tensorOfBytes } from "../byte-source.ts";
import { byteLengthOf, isFileTensor, type StoredTensor, type Tensor } from "../tensor.ts";
import { toFloat32 } from "../to-float32.ts";
import { withFileSource } from "./file-source.ts";

/**
 * Brings a stored tensor into memory in its own dtype, reading its byte range and nothing else.
 *
 * @throws {StorageError} if the file is missing or cannot be read
 * @throws {ModelFileError} if the file ends before the tensor does
 */
export function readTensor(stored: StoredTensor): Tensor {
  if (!isFileTensor(stored)) return stored;
  const { dtype, shape, file, byteOffset } = stored;
  const bytes = withFileSource(file, (source) => source.read(byteOffset, byteLengthOf(dtype, shape)));
  return tensorOfBytes(dtype, shape, bytes);
}

/**
 * Elements of a stored tensor as float32, row-major; float16 and bfloat16 widen exactly.
 *
 * @throws {StorageError} if the file is missing or cannot be read
 * @throws {ModelFileError} if the file ends before the tensor does
 */
export function readFloat32(stored: StoredTensor): Float32Array {
  return toFloat32(readTensor(stored));
}
