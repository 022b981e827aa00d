import { ConfigError, ShapeError } from "../errors.ts";
import { normalizeFeatures } from "../tensor/normalize-features.ts";
import { formatShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Cosine above which two pictures are taken for one, unless told otherwise. */
const DEFAULT_THRESHOLD = 0.99;
const DEFAULT_LIMIT = 100;
/** Rows that are compared with each other while both lie in the processor's cache: 64 of width 512 are 128 KiB. */
const BLOCK_ROWS = 64;

/** A picture of the training part and one of the test part that show nearly the same. */
export interface NearDuplicate {
  /** Index of the training picture. */
  readonly train: number;
  /** Index of the test picture. */
  readonly test: number;
  /** Cosine of their features, in [-1, 1]. */
  readonly cosine: number;
}

/** The pairs that are most alike. */
export interface NearDuplicates {
  /** By falling cosine, at most as many as asked for. */
  readonly pairs: readonly NearDuplicate[];
  /** All pairs above the threshold, those beyond the limit too. */
  readonly total: number;
}

/** What is compared. */
export interface NearDuplicateOptions {
  /** Features of the centre crops, raw or normalised, float32 `[N, D]`. */
  readonly train: Tensor<"float32">;
  /** From the same model, float32 `[pictures, D]`. */
  readonly test: Tensor<"float32">;
  /** Least cosine of a pair, in [-1, 1]; 0.99 unless given. */
  readonly threshold?: number;
  /** Most pairs that are listed, from 1; 100 unless given. */
  readonly limit?: number;
}

/**
 * Pairs of a training and a test picture that are nearly the same: accuracy on such a test picture says nothing. Copies have the
 * cosine 1, up to rounding. The threshold of 0.99 also finds copies that were stored again as JPEG or at half the size, and
 * takes no two different photos for one in the sets where it was measured (docs/experiments.md); it does not find copies that
 * were cropped or mirrored, which no threshold tells from different photos of one class. Takes N x pictures x D products.
 *
 * @throws {ShapeError} if the features are not two matrices of one width
 * @throws {ConfigError} if the threshold or the limit is out of range
 * @see Barz & Denzler 2020, Do We Train on Test Data? Purging CIFAR of Near-Duplicates, https://arxiv.org/abs/1902.00423, who
 *   search by the cosine of features too
 */
export function findNearDuplicates(options: NearDuplicateOptions): NearDuplicates {
  const { threshold = DEFAULT_THRESHOLD, limit = DEFAULT_LIMIT } = options;
  checkOptions(options, threshold, limit);
  const train = normalizedRows(options.train);
  const test = normalizedRows(options.test);
  let found: NearDuplicate[] = [];
  let total = 0;
  for (const trainBlock of blocksOf(train)) {
    for (const testBlock of blocksOf(test)) {
      const pairs = compareBlocks({ train, test, trainBlock, testBlock, threshold });
      total += pairs.length;
      found.push(...pairs);
      // Never more than a block's pairs beyond the limit, even where all pictures are alike.
      if (found.length > limit) found = found.sort(byCosine).slice(0, limit);
    }
  }
  return { pairs: found.sort(byCosine), total };
}

/** A matrix `[count, width]`. */
interface Rows {
  readonly data: Float32Array;
  readonly count: number;
  readonly width: number;
}

/** From one row to before another. */
interface Block {
  readonly start: number;
  readonly end: number;
}

function normalizedRows(features: Tensor<"float32">): Rows {
  const [count = 0, width = 0] = features.shape;
  return { data: normalizeFeatures(features).data, count, width };
}

function* blocksOf({ count }: Rows): Iterable<Block> {
  for (let start = 0; start < count; start += BLOCK_ROWS) {
    yield { start, end: Math.min(start + BLOCK_ROWS, count) };
  }
}

/** Pairs above the threshold of the rows of two blocks. */
function compareBlocks(blocks: {
  readonly train: Rows;
  readonly test: Rows;
  readonly trainBlock: Block;
  readonly testBlock: Block;
  readonly threshold: number;
}): NearDuplicate[] {
  const { train, test, trainBlock, testBlock, threshold } = blocks;
  const products = new Float64Array(4);
  const pairs: NearDuplicate[] = [];
  for (let i = trainBlock.start; i < trainBlock.end; i++) {
    for (let j = testBlock.start; j < testBlock.end; j += products.length) {
      fourProducts(train, i, test, j, products);
      const rows = Math.min(products.length, testBlock.end - j);
      for (let row = 0; row < rows; row++) {
        const cosine = Math.min(products[row]!, 1);
        if (cosine >= threshold) pairs.push({ train: i, test: j + row, cosine });
      }
    }
  }
  return pairs;
}

/** Falling; of equal ones in the order of the pictures, so that the result does not depend on blocks. */
function byCosine(a: NearDuplicate, b: NearDuplicate): number {
  return b.cosine - a.cosine || a.test - b.test || a.train - b.train;
}

/** Products of one row of `a` with four of `b`, in float64: each number of `a` is read once for all four. */
function fourProducts(a: Rows, i: number, b: Rows, j: number, products: Float64Array): void {
  const { width } = a;
  // Rows beyond the last one are the last one again, and nobody reads their products.
  const rowStart = (row: number) => Math.min(row, b.count - 1) * width;
  const left = i * width;
  const [r0, r1, r2, r3] = [rowStart(j), rowStart(j + 1), rowStart(j + 2), rowStart(j + 3)];
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  for (let k = 0; k < width; k++) {
    const value = a.data[left + k]!;
    s0 += value * b.data[r0 + k]!;
    s1 += value * b.data[r1 + k]!;
    s2 += value * b.data[r2 + k]!;
    s3 += value * b.data[r3 + k]!;
  }
  products[0] = s0;
  products[1] = s1;
  products[2] = s2;
  products[3] = s3;
}

function checkOptions({ train, test }: NearDuplicateOptions, threshold: number, limit: number): void {
  const where = "findNearDuplicates";
  if (train.shape.length !== 2 || test.shape.length !== 2 || train.shape[1] !== test.shape[1]) {
    throw new ShapeError({
      where,
      expected: "two matrices of one width, [N, D] and [pictures, D]",
      got: `${formatShape(train.shape)} and ${formatShape(test.shape)}`,
      fix: "Take one view of each picture, and both from the same model.",
    });
  }
  if (!(threshold >= -1 && threshold <= 1)) {
    const expected = "a cosine in [-1, 1]";
    throw new ConfigError({ where: `${where}, threshold`, expected, got: String(threshold) });
  }
  if (!Number.isInteger(limit) || limit < 1) {
    throw new ConfigError({
      where: `${where}, limit`,
      expected: "a whole number from 1",
      got: String(limit),
    });
  }
}
