import { ConfigError, ShapeError } from "../errors.ts";
import { formatShape } from "../tensor/shape.ts";
import { sliceRows } from "../tensor/slice-rows.ts";
import type { StoredTensor, Tensor } from "../tensor/tensor.ts";

/** Rows of the table in memory at a time: 4 MiB of width 512. */
const BLOCK_ROWS = 2048;
const DEFAULT_COUNT = 5;

/** A token of the vocabulary near a vector. */
export interface TokenNeighbour {
  /** Of the token; a tokenizer's `tokenText` says how it reads. */
  readonly id: number;
  /** Euclidean distance of the embeddings. */
  readonly distance: number;
  /** Cosine of the embeddings, in [-1, 1]; 0 where one of them is 0. */
  readonly cosine: number;
}

/** What is looked for, and where. */
export interface NearestTokensOptions {
  /** Vectors, such as the learned tokens of a class, float32 `[L, W]`. */
  readonly vectors: Tensor<"float32">;
  /** The text tower's token embeddings, `[vocabulary, W]`; in a file it stays there but for one block at a time. */
  readonly table: StoredTensor;
  /** Brings a stored tensor into memory as float32 (from a file in Node, from memory in a browser). */
  readonly readFloat32: (stored: StoredTensor) => Float32Array;
  /** Most neighbours of each vector, from 1; 5 unless given. */
  readonly count?: number;
}

/**
 * The tokens of the vocabulary that learned vectors are nearest to: a way to read what was learned. It is no translation:
 * learned vectors often lie far from every token, as their distance tells, and the nearest may have nothing to do with what
 * they mean to the text tower.
 *
 * @returns for each vector its neighbours by rising distance, of equal ones the lower id first
 * @throws {ShapeError} if vectors and table are not matrices of one width
 * @throws {ConfigError} if the count is not a whole number from 1
 * @see Zhou et al. 2022, Learning to Prompt for Vision-Language Models, section 4.4, https://arxiv.org/abs/2109.01134, who read
 *   learned contexts so and warn of it
 */
export function nearestTokens(options: NearestTokensOptions): TokenNeighbour[][] {
  const { vectors, table, readFloat32, count = DEFAULT_COUNT } = options;
  checkOptions(vectors, table, count);
  const [rows = 0, width = 0] = vectors.shape;
  const [vocabulary = 0] = table.shape;
  const searches = Array.from({ length: rows }, (_, row) => {
    return { vector: vectors.data.subarray(row * width, (row + 1) * width), nearest: [] as TokenNeighbour[] };
  });
  for (let start = 0; start < vocabulary; start += BLOCK_ROWS) {
    const end = Math.min(start + BLOCK_ROWS, vocabulary);
    const block = readFloat32(sliceRows(table, start, end));
    for (let id = start; id < end; id++) {
      const embedding = block.subarray((id - start) * width, (id - start + 1) * width);
      for (const { vector, nearest } of searches) {
        const distance = Math.sqrt(squaredDistance(vector, embedding));
        const farthest = nearest.length < count ? Number.POSITIVE_INFINITY : nearest[count - 1]!.distance;
        if (distance >= farthest) continue;
        insert(nearest, { id, distance, cosine: cosineOf(vector, embedding) });
        if (nearest.length > count) nearest.pop();
      }
    }
  }
  return searches.map(({ nearest }) => nearest);
}

/** From the differences, in float64: `|a|^2 + |b|^2 - 2 ab` loses what is left between near vectors. */
function squaredDistance(a: Float32Array, b: Float32Array): number {
  let squares = 0;
  for (let k = 0; k < a.length; k++) {
    const difference = a[k]! - b[k]!;
    squares += difference * difference;
  }
  return squares;
}

function cosineOf(a: Float32Array, b: Float32Array): number {
  let [product, left, right] = [0, 0, 0];
  for (let k = 0; k < a.length; k++) {
    product += a[k]! * b[k]!;
    left += a[k]! * a[k]!;
    right += b[k]! * b[k]!;
  }
  const lengths = Math.sqrt(left) * Math.sqrt(right);
  return lengths === 0 ? 0 : Math.max(-1, Math.min(1, product / lengths));
}

/** By rising distance; ids come rising, so of equal distances the first stays first. */
function insert(nearest: TokenNeighbour[], candidate: TokenNeighbour): void {
  let place = nearest.length;
  while (place > 0 && candidate.distance < nearest[place - 1]!.distance) place--;
  nearest.splice(place, 0, candidate);
}

function checkOptions(vectors: Tensor<"float32">, table: StoredTensor, count: number): void {
  const where = "nearestTokens";
  if (vectors.shape.length !== 2 || table.shape.length !== 2 || vectors.shape[1] !== table.shape[1]) {
    throw new ShapeError({
      where,
      expected: "vectors [L, W] and a table [vocabulary, W]",
      got: `${formatShape(vectors.shape)} and ${formatShape(table.shape)}`,
      fix: "Take the token embeddings of the model that the vectors were learned for.",
    });
  }
  if (!Number.isInteger(count) || count < 1) {
    throw new ConfigError({
      where: `${where}, count`,
      expected: "a whole number from 1",
      got: String(count),
    });
  }
}
