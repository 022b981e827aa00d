import { LammError } from "../errors.ts";
import type { GraphBuilder } from "../graph/builder.ts";
import type { RowInverse, Value } from "../graph/node.ts";
import { createTensor, type Tensor } from "../tensor/tensor.ts";

/**
 * How the tokens that differ between classes lie in memory. Their rows are packed, so that matrix products see no
 * padding; attention sees them as a grid of classes by positions, where shorter classes leave cells empty at their end.
 */
export interface SuffixLayout {
  /** Tokens of each class, end-of-text included. */
  readonly lengths: readonly number[];
  /** Longest of them: the grid's positions. */
  readonly positions: number;
  /** Packed rows, at least the sum of the lengths; rows beyond belong to nobody. */
  readonly rows: number;
  /** Row of each token: `rowOf[class][position]`. */
  readonly rowOf: readonly (readonly number[])[];
  /** Whether the rows are the grid itself, class by class, without an empty cell. */
  readonly isGrid: boolean;
}

/**
 * Describes packed rows.
 *
 * @param rowOf for each class the row of each of its tokens
 * @param rows number of packed rows; one more than the highest row if not given
 */
export function createSuffixLayout(rowOf: readonly (readonly number[])[], rows?: number): SuffixLayout {
  const lengths = rowOf.map((list) => list.length);
  const positions = Math.max(...lengths);
  const used = rowOf.reduce((most, list) => Math.max(most, ...list), -1) + 1;
  const isGrid =
    (rows ?? used) === rowOf.length * positions &&
    rowOf.every((list, c) => list.length === positions && list.every((row, t) => row === c * positions + t));
  if (lengths.some((length) => length === 0) || rowOf.length === 0) {
    throw new LammError("ERR_INTERNAL", {
      where: "createSuffixLayout",
      expected: "a token in every class",
      got: "none",
    });
  }
  return { lengths, positions, rows: rows ?? used, rowOf, isGrid };
}

/** A layout several times over, one behind the other: the same classes behind other prefixes, or in other versions. */
export function repeatLayout(layout: SuffixLayout, copies: number): SuffixLayout {
  if (copies === 1) return layout;
  const { rowOf, rows, lengths } = layout;
  const repeat = <T>(each: (copy: number) => readonly T[]) =>
    Array.from({ length: copies }, (_, copy) => each(copy)).flat();
  return {
    ...layout,
    lengths: repeat(() => lengths),
    rows: copies * rows,
    rowOf: repeat((copy) => rowOf.map((list) => list.map((row) => row + copy * rows))),
  };
}

/** The layout's index tensors as values of a graph. A grid needs none of them. */
export interface SuffixIndices {
  /** int64 `[classes * positions]`: the row of each cell; any row for an empty cell. */
  readonly cellRow: Value;
  /** float32 `[classes * positions, 1]`: 1 where the cell holds a token. */
  readonly cellPresent: Value;
  /** int64 `[rows]`: the cell of each row; any cell for a row of nobody. */
  readonly rowCell: Value;
  /** float32 `[rows, 1]`: 1 where the row belongs to a class. */
  readonly rowPresent: Value;
  /** int64 `[classes]`: the row of each end-of-text. */
  readonly endRow: Value;
  /** int64 `[rows]`: the class whose end-of-text a row is; any class for other rows. */
  readonly rowEnd: Value;
  /** float32 `[rows, 1]`: 1 where the row is an end-of-text. */
  readonly rowIsEnd: Value;
  /** float32 `[classes, 1, positions]`: 0 where the end-of-text of a class sees a position, else a large negative number. */
  readonly endMask: Value;
}

/** Added to attention scores that must not count: exp of it is 0, and it stays finite in float32. */
export const MASKED = -1e9;

/** The index tensors of a layout, to be fed under the names that {@link inputSuffixIndices} declares. */
export function suffixIndexTensors(layout: SuffixLayout): Record<keyof SuffixIndices, Tensor> {
  const { rowOf, positions, rows, lengths } = layout;
  const classes = rowOf.length;
  const cells = classes * positions;
  const data = {
    cellRow: new BigInt64Array(cells),
    cellPresent: new Float32Array(cells),
    rowCell: new BigInt64Array(rows),
    rowPresent: new Float32Array(rows),
    endRow: new BigInt64Array(classes),
    rowEnd: new BigInt64Array(rows),
    rowIsEnd: new Float32Array(rows),
    endMask: new Float32Array(cells).fill(MASKED),
  };
  rowOf.forEach((list, c) => {
    list.forEach((row, t) => {
      const cell = c * positions + t;
      data.cellRow[cell] = BigInt(row);
      data.cellPresent[cell] = 1;
      data.rowCell[row] = BigInt(cell);
      data.rowPresent[row] = 1;
      data.endMask[cell] = 0;
    });
    const end = list[(lengths[c] ?? 0) - 1] ?? 0;
    data.endRow[c] = BigInt(end);
    data.rowEnd[end] = BigInt(c);
    data.rowIsEnd[end] = 1;
  });
  return {
    cellRow: createTensor("int64", [cells], data.cellRow),
    cellPresent: createTensor("float32", [cells, 1], data.cellPresent),
    rowCell: createTensor("int64", [rows], data.rowCell),
    rowPresent: createTensor("float32", [rows, 1], data.rowPresent),
    endRow: createTensor("int64", [classes], data.endRow),
    rowEnd: createTensor("int64", [rows], data.rowEnd),
    rowIsEnd: createTensor("float32", [rows, 1], data.rowIsEnd),
    endMask: createTensor("float32", [classes, 1, positions], data.endMask),
  };
}

/** Prefix of the input names under which a graph takes a layout's index tensors. */
const INPUT_PREFIX = "layout.";

/** Declares a layout's index tensors as inputs, so that one loaded graph serves every chunk of classes. */
export function inputSuffixIndices(g: GraphBuilder, layout: SuffixLayout): SuffixIndices {
  const entries = Object.entries(suffixIndexTensors(layout)).map(([name, { dtype, shape }]) => [
    name,
    g.input(INPUT_PREFIX + name, dtype, shape),
  ]);
  return Object.fromEntries(entries) as unknown as SuffixIndices;
}

/** The tensors to feed for {@link inputSuffixIndices}, by input name; none for a grid. */
export function suffixFeeds(layout: SuffixLayout): Record<string, Tensor> {
  if (layout.isGrid) return {};
  const tensors = Object.entries(suffixIndexTensors(layout));
  return Object.fromEntries(tensors.map(([name, tensor]) => [INPUT_PREFIX + name, tensor]));
}

/** Moves packed rows to the grid and back, as the layout and its indices say. */
export interface SuffixGrid {
  readonly layout: SuffixLayout;
  /** `[rows, width]` to `[classes * positions, width]`. */
  toGrid(rows: Value): Value;
  /** `[classes * positions, width]` to `[rows, width]`. */
  toRows(grid: Value): Value;
  /** `[rows, width]` to the end-of-text rows `[classes, width]`. */
  toEnds(rows: Value): Value;
  /** Additive mask of the end-of-text queries, float32 `[classes, 1, positions]`; `undefined` where they see every position. */
  readonly endMask?: Value;
}

/** Binds a layout to a graph. */
export function createSuffixGrid(g: GraphBuilder, layout: SuffixLayout): SuffixGrid {
  if (layout.isGrid) {
    const { positions } = layout;
    const toEnds = (rows: Value) => {
      const [count = 0, width = 0] = rows.shape;
      const cells = g.reshape(rows, [count / positions, positions, width]);
      return g.reshape(g.slice(cells, 1, positions - 1, positions), [count / positions, width]);
    };
    return { layout, toGrid: (rows) => rows, toRows: (grid) => grid, toEnds };
  }
  const indices = inputSuffixIndices(g, layout);
  const cellOfRow: RowInverse = { indices: indices.rowCell, present: indices.rowPresent };
  const rowOfCell: RowInverse = { indices: indices.cellRow, present: indices.cellPresent };
  const endOfRow: RowInverse = { indices: indices.rowEnd, present: indices.rowIsEnd };
  return {
    layout,
    toGrid: (rows) => g.permuteRows(rows, indices.cellRow, cellOfRow),
    toRows: (grid) => g.permuteRows(grid, indices.rowCell, rowOfCell),
    toEnds: (rows) => g.permuteRows(rows, indices.endRow, endOfRow),
    endMask: indices.endMask,
  };
}
