import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Array64 } from "../../test/support/reference/array64.ts";
import { toArray64 } from "../../test/support/reference/array64.ts";
import { evaluate } from "../../test/support/reference-evaluator.ts";
import { pullBack } from "../autodiff/gradient.ts";
import { LammError } from "../errors.ts";
import { GraphBuilder } from "../graph/builder.ts";
import type { Value } from "../graph/node.ts";
import {
  createSuffixGrid,
  createSuffixLayout,
  inputSuffixIndices,
  MASKED,
  type SuffixGrid,
  type SuffixLayout,
  suffixFeeds,
  suffixIndexTensors,
} from "./suffix-layout.ts";

describe("createSuffixLayout", () => {
  test("of classes of one length, one after the other, is a grid", () => {
    expect(
      createSuffixLayout([
        [0, 1],
        [2, 3],
        [4, 5],
      ]),
    ).toEqual({
      lengths: [2, 2, 2],
      positions: 2,
      rows: 6,
      rowOf: [
        [0, 1],
        [2, 3],
        [4, 5],
      ],
      isGrid: true,
    });
  });

  test.each([
    ["different lengths", [[0, 1], [2]], undefined],
    [
      "another order of classes",
      [
        [2, 3],
        [0, 1],
      ],
      undefined,
    ],
    [
      "another order of tokens",
      [
        [0, 2],
        [1, 3],
      ],
      undefined,
    ],
    [
      "rows of nobody",
      [
        [0, 1],
        [2, 3],
      ],
      6,
    ],
  ])("is none with %s", (_, rowOf, rows) => {
    const layout = createSuffixLayout(rowOf, rows);
    expect(layout.isGrid).toBe(false);
    expect(layout.positions).toBe(2);
    expect(layout.rows).toBe(rows ?? rowOf.flat().length);
  });

  test.each([[[]], [[[0], []]]])("refuses a class without a token: %j", (rowOf) => {
    expect(() => createSuffixLayout(rowOf)).toThrow(LammError);
    expect(() => createSuffixLayout(rowOf)).toThrow(
      "createSuffixLayout: expected a token in every class, got none.",
    );
  });
});

test("index tensors say where each token, cell and end is", () => {
  // Class 0 has rows 3 and 0, class 1 row 1; row 2 is nobody's.
  const tensors = suffixIndexTensors(createSuffixLayout([[3, 0], [1]]));
  const data = Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [name, Array.from(tensor.data, Number)]),
  );
  expect(data).toEqual({
    cellRow: [3, 0, 1, 0],
    cellPresent: [1, 1, 1, 0],
    rowCell: [1, 2, 0, 0],
    rowPresent: [1, 1, 0, 1],
    endRow: [0, 1],
    rowEnd: [0, 1, 0, 0],
    rowIsEnd: [1, 1, 0, 0],
    endMask: [0, 0, 0, Math.fround(MASKED)],
  });
});

test("a grid needs no index tensors", () => {
  expect(suffixFeeds(createSuffixLayout([[0, 1]]))).toEqual({});
  const g = new GraphBuilder();
  expect(createSuffixGrid(g, createSuffixLayout([[0, 1]])).endMask).toBeUndefined();
  expect(g.inputs).toEqual([]);
});

test("what is fed is what the graph declares", () => {
  const layout = createSuffixLayout([[3, 0], [1]]);
  const g = new GraphBuilder();
  inputSuffixIndices(g, layout);
  const declared = g.inputs.map(({ name, dtype, shape }) => [name, { dtype, shape }]);
  const fed = Object.entries(suffixFeeds(layout)).map(([name, { dtype, shape }]) => [name, { dtype, shape }]);
  expect(fed).toEqual(declared);
  expect(fed).toHaveLength(8);
});

/** Layouts of one to four classes of one to four tokens, whose rows lie anywhere, some of them nobody's. */
const layouts: fc.Arbitrary<SuffixLayout> = fc
  .record({
    lengths: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }),
    spare: fc.nat(3),
    inOrder: fc.boolean(),
  })
  .chain(({ lengths, spare, inOrder }) => {
    const used = lengths.reduce((sum, length) => sum + length, 0);
    const rows = Array.from({ length: used + spare }, (_, row) => row);
    const orders = inOrder
      ? fc.constant(rows)
      : fc.shuffledSubarray(rows, { minLength: rows.length, maxLength: rows.length });
    return orders.map((order) => {
      let next = 0;
      const rowOf = lengths.map((length) => Array.from({ length }, () => order[next++] as number));
      return createSuffixLayout(rowOf, rows.length);
    });
  });

/** Runs one move of a layout, and its gradient for an upstream of `1, 2, 3, ...`. */
function runMove(
  layout: SuffixLayout,
  from: readonly number[],
  move: (grid: SuffixGrid, x: Value) => Value,
): { moved: Array64; gradient: Array64; upstream: Array64; x: Array64 } {
  const g = new GraphBuilder();
  const input = g.input("x", "float32", from);
  const result = move(createSuffixGrid(g, layout), input);
  const dy = g.input("dy", "float32", result.shape);
  const [dx] = pullBack(g, [{ value: result, gradient: dy }], [input]);
  const count = (shape: readonly number[]) => {
    const size = shape.reduce((product, extent) => product * extent, 1);
    return { shape, data: Float64Array.from({ length: size }, (_, i) => i + 1) };
  };
  const feeds = Object.entries(suffixFeeds(layout)).map(([name, tensor]) => [name, toArray64(tensor)]);
  const [x, upstream] = [count(from), count(result.shape)];
  const [moved, gradient] = evaluate([result, dx as Value], {
    ...Object.fromEntries(feeds),
    x,
    dy: upstream,
  });
  return { moved: moved as Array64, gradient: gradient as Array64, upstream, x };
}

/** Row `index` of a matrix of two columns. */
const row = ({ data }: Array64, index: number) => [...data.subarray(2 * index, 2 * index + 2)];

describe("moves rows, and their gradients back", () => {
  test("to the grid", () => {
    fc.assert(
      fc.property(layouts, (layout) => {
        const { rowOf, positions, rows } = layout;
        const { moved, gradient, upstream, x } = runMove(layout, [rows, 2], (grid, value) =>
          grid.toGrid(value),
        );
        const expected = Array.from({ length: rows }, () => [0, 0]);
        rowOf.forEach((list, c) => {
          list.forEach((index, t) => {
            expect(row(moved, c * positions + t)).toEqual(row(x, index));
            expected[index] = row(upstream, c * positions + t);
          });
        });
        expect(Array.from({ length: rows }, (_, index) => row(gradient, index))).toEqual(expected);
      }),
    );
  });

  test("to the packed rows", () => {
    fc.assert(
      fc.property(layouts, (layout) => {
        const { rowOf, positions, rows } = layout;
        const cells = rowOf.length * positions;
        const { moved, gradient, upstream, x } = runMove(layout, [cells, 2], (grid, value) =>
          grid.toRows(value),
        );
        const expected = Array.from({ length: cells }, () => [0, 0]);
        rowOf.forEach((list, c) => {
          list.forEach((index, t) => {
            expect(row(moved, index)).toEqual(row(x, c * positions + t));
            expected[c * positions + t] = row(upstream, index);
          });
        });
        expect(moved.shape).toEqual([rows, 2]);
        expect(Array.from({ length: cells }, (_, cell) => row(gradient, cell))).toEqual(expected);
      }),
    );
  });

  test("to the ends of text", () => {
    fc.assert(
      fc.property(layouts, (layout) => {
        const { rowOf, rows } = layout;
        const { moved, gradient, upstream, x } = runMove(layout, [rows, 2], (grid, value) =>
          grid.toEnds(value),
        );
        const expected = Array.from({ length: rows }, () => [0, 0]);
        rowOf.forEach((list, c) => {
          expect(row(moved, c)).toEqual(row(x, list.at(-1) as number));
          expected[list.at(-1) as number] = row(upstream, c);
        });
        expect(moved.shape).toEqual([rowOf.length, 2]);
        expect(Array.from({ length: rows }, (_, index) => row(gradient, index))).toEqual(expected);
      }),
    );
  });
});
