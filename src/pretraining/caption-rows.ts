import { createSuffixLayout, type SuffixLayout } from "../clip/suffix-layout.ts";
import { ShapeError } from "../errors.ts";

/** The captions of a batch, as the text tower of pre-training reads them: start-of-text once, and all other tokens packed. */
export interface CaptionRows {
  readonly layout: SuffixLayout;
  /** Token of each packed row, in the order of the captions; rows beyond belong to nobody. */
  readonly tokens: readonly number[];
  /** Position of each of them, from 1. */
  readonly positions: readonly number[];
  /** Start-of-text, position 0 of every caption. */
  readonly start: number;
}

/** How captions are packed. */
export interface PackOptions {
  /** Longest caption that a batch of the run can have, start-of-text and end-of-text included. */
  readonly maxLength: number;
  /** The number of rows is rounded up to a multiple of this, so that few graphs serve all batches. */
  readonly rowStep: number;
}

/**
 * Packs token sequences.
 *
 * @param sequences token ids of each caption, start-of-text first and end-of-text last
 * @throws {ShapeError} if a caption is longer than the longest, or has no token after the first
 */
export function packCaptions(
  sequences: readonly (readonly number[])[],
  { maxLength, rowStep }: PackOptions,
): CaptionRows {
  checkLengths(sequences, maxLength);
  const tokens: number[] = [];
  const positions: number[] = [];
  const rowOf = sequences.map((ids) =>
    ids.slice(1).map((id, index) => {
      positions.push(index + 1);
      return tokens.push(id) - 1;
    }),
  );
  const rows = Math.ceil(tokens.length / rowStep) * rowStep;
  // The shape of the grid must not depend on the batch, nor on whether its captions happen to fill it.
  const layout = { ...createSuffixLayout(rowOf, rows), positions: maxLength - 1, isGrid: false };
  return { layout, tokens, positions, start: sequences[0]?.[0] ?? 0 };
}

/** Tokens beyond the grid would be taken for the next caption's. */
function checkLengths(sequences: readonly (readonly number[])[], maxLength: number): void {
  sequences.forEach(({ length }, index) => {
    if (length >= 2 && length <= maxLength) return;
    throw new ShapeError({
      where: `caption ${index} of a batch`,
      expected: `2 to ${maxLength} tokens`,
      got: `${length}`,
      fix: "Begin with start-of-text, cut to the run's longest caption, and end with end-of-text.",
    });
  });
}

/** The two embedding tables of the text tower, float32 row-major with rows of `width`. */
export interface EmbeddingTables {
  readonly token: Float32Array;
  readonly position: Float32Array;
  readonly width: number;
}

/** Inputs of the text tower: the row of start-of-text `[1, W]`, and the packed rows `[rows, W]`, zero beyond the last token. */
export function embedCaptions(
  { layout, tokens, positions, start }: CaptionRows,
  { token, position, width }: EmbeddingTables,
): { prefix: Float32Array; suffix: Float32Array } {
  const prefix = new Float32Array(width);
  const suffix = new Float32Array(layout.rows * width);
  addRows(prefix, 0, { token, position, width }, start, 0);
  tokens.forEach((id, row) => {
    addRows(suffix, row * width, { token, position, width }, id, positions[row] ?? 0);
  });
  return { prefix, suffix };
}

function addRows(
  target: Float32Array,
  offset: number,
  { token, position, width }: EmbeddingTables,
  id: number,
  place: number,
): void {
  for (let i = 0; i < width; i++) target[offset + i] = token[id * width + i]! + position[place * width + i]!;
}

/**
 * Gradients of the embedding tables from those of the rows that were made of them: each row adds to its token's and to its
 * position's. In plain code, because the engine scatters on one thread and slower.
 *
 * @param gradients of what {@link embedCaptions} returned
 * @param sizes elements of the tables
 */
export function scatterCaptionGradients(
  { tokens, positions, start }: CaptionRows,
  gradients: { readonly prefix: Float32Array; readonly suffix: Float32Array },
  sizes: { readonly token: number; readonly position: number; readonly width: number },
): { token: Float32Array; position: Float32Array } {
  const { width } = sizes;
  const token = new Float32Array(sizes.token);
  const position = new Float32Array(sizes.position);
  const add = (source: Float32Array, row: number, id: number, place: number) => {
    for (let i = 0; i < width; i++) {
      const value = source[row * width + i]!;
      token[id * width + i] = token[id * width + i]! + value;
      position[place * width + i] = position[place * width + i]! + value;
    }
  };
  add(gradients.prefix, 0, start, 0);
  tokens.forEach((id, row) => {
    add(gradients.suffix, row, id, positions[row] ?? 0);
  });
  return { token, position };
}
