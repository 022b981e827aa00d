import { bytesPerElement } from "./dtype.ts";
import { sizeOf } from "./shape.ts";
import { isFileTensor, type StoredTensor } from "./tensor.ts";

/**
 * Rows `[start, end)` of a stored tensor along its first axis, without a copy: a narrower byte range, or a view of memory.
 *
 * @param stored of rank 1 or more, `[rows, ...]`, with `0 <= start <= end <= rows`
 * @returns `[end - start, ...]`
 */
export function sliceRows(stored: StoredTensor, start: number, end: number): StoredTensor {
  const rowShape = stored.shape.slice(1);
  const shape = [end - start, ...rowShape];
  const rowSize = sizeOf(rowShape);
  if (isFileTensor(stored)) {
    const byteOffset = stored.byteOffset + start * rowSize * bytesPerElement[stored.dtype];
    return { dtype: stored.dtype, shape, file: stored.file, byteOffset };
  }
  return { dtype: stored.dtype, shape, data: stored.data.subarray(start * rowSize, end * rowSize) };
}
