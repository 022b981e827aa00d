import { bytesPerElement } from "../tensor/dtype.ts";
import { isFileTensor, type StoredTensor } from "../tensor/tensor.ts";
import type { TextTowerWeights } from "./weights.ts";

/** Rows of the text tower's two embedding tables, float32 `[W]` each. */
export interface PromptEmbeddings {
  /** W. */
  readonly width: number;
  /** Embedding of a token id, without its position. */
  tokenRow(id: number): Float32Array;
  /** Embedding of a position, 0 for start-of-text. */
  positionRow(position: number): Float32Array;
}

/**
 * Reads embedding rows as they are asked for, each once: the table of a real model has 100 MB, a prompt set needs a few rows.
 *
 * @param read brings a stored tensor into memory as float32 (from a file in Node, from memory in a browser)
 */
export function createPromptEmbeddings(
  { tokenEmbedding, positionEmbedding }: TextTowerWeights,
  read: (stored: StoredTensor) => Float32Array,
): PromptEmbeddings {
  const reader = (table: StoredTensor) => {
    const rows = new Map<number, Float32Array>();
    return (index: number) => {
      let row = rows.get(index);
      if (row === undefined) {
        row = read(rowOf(table, index));
        rows.set(index, row);
      }
      return row;
    };
  };
  return {
    width: tokenEmbedding.shape[1] ?? 0,
    tokenRow: reader(tokenEmbedding),
    positionRow: reader(positionEmbedding),
  };
}

/** Row `index` of a stored matrix, not copied. */
function rowOf(table: StoredTensor, index: number): StoredTensor {
  const [rows = 0, width = 0] = table.shape;
  if (!Number.isInteger(index) || index < 0 || index >= rows) {
    throw new RangeError(`row ${index} of a table with ${rows} rows`);
  }
  if (isFileTensor(table)) {
    const byteOffset = table.byteOffset + index * width * bytesPerElement[table.dtype];
    return { ...table, shape: [width], byteOffset };
  }
  return {
    ...table,
    shape: [width],
    data: table.data.subarray(index * width, (index + 1) * width),
  } as StoredTensor;
}
