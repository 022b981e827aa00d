import type { Value } from "../../../src/graph/node.ts";
import { float32, float32Of, int64Of, type OperatorCases } from "../operator-case.ts";

/** Cases of operators that move elements. */
export const movementCases: OperatorCases<
  "Transpose" | "Reshape" | "Expand" | "Concat" | "Slice" | "Gather" | "ScatterElements" | "OneHot"
> = {
  Transpose: [
    { name: "Transpose matrix", inputs: [float32([2, 3])], build: (g, [a]) => g.transpose(a as Value) },
    {
      name: "Transpose three axes round",
      inputs: [float32([2, 3, 4])],
      build: (g, [a]) => g.transpose(a as Value, [2, 0, 1]),
    },
    {
      name: "Transpose with extents of 1",
      inputs: [float32([1, 3, 1, 2])],
      build: (g, [a]) => g.transpose(a as Value, [3, 0, 2, 1]),
    },
    {
      name: "Transpose of a product",
      inputs: [float32([2, 3, 4]), float32([2, 4, 5])],
      build: (g, [a, b]) => g.transpose(g.matMul(a as Value, b as Value)),
    },
  ],
  Reshape: [
    {
      name: "Reshape merge",
      inputs: [float32([2, 3, 2])],
      build: (g, [a]) => g.reshape(a as Value, [6, 2]),
    },
    { name: "Reshape to scalar", inputs: [float32([1, 1])], build: (g, [a]) => g.reshape(a as Value, []) },
    { name: "Reshape scalar", inputs: [float32([])], build: (g, [a]) => g.reshape(a as Value, [1, 1]) },
  ],
  Expand: [
    {
      name: "Expand row",
      inputs: [float32([3])],
      build: (g, [a]) => g.expand(a as Value, [2, 3]),
    },
    {
      name: "Expand extents of 1",
      inputs: [float32([2, 1, 1])],
      build: (g, [a]) => g.expand(a as Value, [4, 2, 1, 3]),
    },
    { name: "Expand scalar", inputs: [float32([])], build: (g, [a]) => g.expand(a as Value, [2, 2]) },
    {
      name: "Expand to its own shape",
      inputs: [float32([2, 3])],
      build: (g, [a]) => g.expand(a as Value, [2, 3]),
    },
  ],
  Concat: [
    {
      name: "Concat three along axis 0",
      inputs: [float32([1, 2]), float32([3, 2]), float32([2, 2])],
      build: (g, inputs) => g.concat(inputs, 0),
    },
    {
      name: "Concat along the last axis, counted from the end",
      inputs: [float32([2, 1, 3]), float32([2, 1, 1])],
      build: (g, inputs) => g.concat(inputs, -1),
    },
    {
      name: "Concat one input twice",
      inputs: [float32([2, 2])],
      build: (g, [a]) => g.concat([a as Value, g.neg(a as Value), a as Value], 1),
    },
  ],
  Slice: [
    { name: "Slice start", inputs: [float32([4, 2])], build: (g, [a]) => g.slice(a as Value, 0, 0, 3) },
    { name: "Slice middle", inputs: [float32([2, 5])], build: (g, [a]) => g.slice(a as Value, 1, 1, 3) },
    {
      name: "Slice end, axis from the end",
      inputs: [float32([2, 3, 4])],
      build: (g, [a]) => g.slice(a as Value, -2, 2, 3),
    },
    { name: "Slice whole axis", inputs: [float32([2, 3])], build: (g, [a]) => g.slice(a as Value, 1, 0, 3) },
    {
      name: "Slice overlapping ranges",
      inputs: [float32([5])],
      build: (g, [a]) => g.mul(g.slice(a as Value, 0, 0, 3), g.slice(a as Value, 0, 2, 5)),
    },
  ],
  Gather: [
    {
      name: "Gather rows",
      inputs: [float32([4, 3]), int64Of([2], [2, 0])],
      build: (g, [a, rows]) => g.gather(a as Value, rows as Value),
    },
    {
      name: "Gather repeated rows",
      inputs: [float32([3, 2]), int64Of([5], [1, 1, 0, 1, 0])],
      build: (g, [a, rows]) => g.gather(a as Value, rows as Value),
    },
    {
      name: "Gather by a matrix of indices",
      inputs: [float32([4, 2, 2]), int64Of([2, 3], [3, 0, 0, 1, 3, 3])],
      build: (g, [a, rows]) => g.gather(a as Value, rows as Value),
    },
    {
      name: "Gather one row by a scalar",
      inputs: [float32([3, 2]), int64Of([], [1])],
      build: (g, [a, row]) => g.gather(a as Value, row as Value),
    },
    {
      name: "Gather numbers, rows counted from the end",
      inputs: [float32([4]), int64Of([3], [-1, -4, 1])],
      build: (g, [a, rows]) => g.gather(a as Value, rows as Value),
    },
    {
      name: "Gather permutes rows",
      inputs: [float32([3, 2]), int64Of([3], [2, 0, 1]), int64Of([3], [1, 2, 0])],
      build: (g, [a, rows, back]) => g.permuteRows(a as Value, rows as Value, { indices: back as Value }),
    },
    {
      name: "Gather permutes rows and leaves some out",
      inputs: [float32([4, 2, 2]), int64Of([2], [3, 1]), int64Of([4], [0, 1, 0, 0])],
      build: (g, [a, rows, back]) => {
        const present = g.literal("float32", [4, 1], Float32Array.of(0, 1, 0, 1));
        return g.permuteRows(a as Value, rows as Value, { indices: back as Value, present });
      },
    },
    {
      name: "Gather permutes numbers and leaves some out",
      inputs: [float32([3]), int64Of([2], [2, 0]), int64Of([3], [1, 0, 0])],
      build: (g, [a, rows, back]) => {
        const present = g.literal("float32", [3, 1], Float32Array.of(1, 0, 1));
        return g.permuteRows(a as Value, rows as Value, { indices: back as Value, present });
      },
    },
    {
      name: "Gather pads with a row that no result reads",
      inputs: [float32([2, 2]), int64Of([3], [1, 0, 0]), int64Of([2], [1, 0])],
      build: (g, [a, rows, back]) =>
        g.slice(g.permuteRows(a as Value, rows as Value, { indices: back as Value }), 0, 0, 2),
    },
  ],
  ScatterElements: [
    {
      name: "ScatterElements adds rows",
      inputs: [float32([4, 3]), int64Of([2], [3, 1]), float32([2, 3])],
      build: (g, [a, rows, updates]) => g.scatterAdd(a as Value, rows as Value, updates as Value),
    },
    {
      name: "ScatterElements adds to one row often",
      inputs: [float32([2, 1, 2]), int64Of([4], [1, 1, 0, 1]), float32([4, 1, 2])],
      build: (g, [a, rows, updates]) => g.scatterAdd(a as Value, rows as Value, updates as Value),
    },
    {
      name: "ScatterElements adds numbers",
      inputs: [float32([3]), int64Of([4], [0, 2, 2, -1]), float32([4])],
      build: (g, [a, rows, updates]) => g.scatterAdd(a as Value, rows as Value, updates as Value),
    },
  ],
  OneHot: [
    { name: "OneHot", inputs: [int64Of([3], [2, 0, 3])], build: (g, [a]) => g.oneHot(a as Value, 4) },
    {
      name: "OneHot of a matrix",
      inputs: [int64Of([2, 2], [0, 1, 1, 0])],
      build: (g, [a]) => g.oneHot(a as Value, 2),
    },
    {
      name: "OneHot times logits",
      inputs: [int64Of([2], [1, 2]), float32Of([2, 3], [1, 2, 3, 4, 5, 6])],
      build: (g, [labels, logits]) => g.mul(g.oneHot(labels as Value, 3), logits as Value),
    },
  ],
};
