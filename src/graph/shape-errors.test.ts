import { expect, test } from "vitest";
import { type LammError, ShapeError } from "../errors.ts";
import { GraphBuilder } from "./builder.ts";
import type { Value } from "./node.ts";

/** Types of inputs by name: dtype, then extents. */
type InputTypes = Readonly<Record<string, readonly [Value["dtype"], ...number[]]>>;
type Build = (g: GraphBuilder, inputs: Readonly<Record<string, Value>>) => unknown;

/** Runs `build` on a new graph with inputs of the given types, and returns the message it fails with. */
function failure(types: InputTypes, build: Build): string {
  const g = new GraphBuilder();
  const entries = Object.entries(types).map(([name, [dtype, ...shape]]) => [
    name,
    g.input(name, dtype, shape),
  ]);
  try {
    build(g, Object.fromEntries(entries));
  } catch (error) {
    expect(error).toBeInstanceOf(ShapeError);
    expect((error as LammError).code).toBe("ERR_SHAPE");
    return (error as Error).message;
  }
  throw new Error("nothing failed");
}

/** What is wrong, on which inputs, how it is built, and the message. */
const mistakes: readonly (readonly [string, InputTypes, Build, string])[] = [
  [
    "shapes that do not broadcast",
    { a: ["float32", 2, 3], b: ["float32", 2] },
    (g, { a, b }) => g.add(a as Value, b as Value),
    "Add: expected shapes that broadcast, got float32 [2, 3] and float32 [2].",
  ],
  [
    "two dtypes",
    { a: ["float32", 2], b: ["float64", 2] },
    (g, { a, b }) => g.mul(a as Value, b as Value),
    "Mul: expected inputs of one dtype, got float32 [2] and float64 [2]. Cast one of them.",
  ],
  [
    "arithmetic on booleans",
    { a: ["bool", 2] },
    (g, { a }) => g.add(a as Value, a as Value),
    "Add: expected float32 or float64 or int64 or int32, got bool [2].",
  ],
  [
    "a function of integers",
    { a: ["int64", 2] },
    (g, { a }) => g.exp(a as Value),
    "Exp: expected float32 or float64, got int64 [2].",
  ],
  [
    "a condition that is none",
    { a: ["float32", 2] },
    (g, { a }) => g.where(a as Value, a as Value, a as Value),
    "Where: expected bool, got float32 [2].",
  ],
  [
    "a condition that does not broadcast",
    { c: ["bool", 3], a: ["float32", 2] },
    (g, { c, a }) => g.where(c as Value, a as Value, a as Value),
    "Where: expected shapes that broadcast, got bool [3], float32 [2], float32 [2].",
  ],
  [
    "matrices whose inner extents differ",
    { a: ["float32", 2, 3], b: ["float32", 4, 5] },
    (g, { a, b }) => g.matMul(a as Value, b as Value),
    "MatMul: expected [..., M, K] x [..., K, N] with equal K (after transA and transB), got float32 [2, 3] x float32 [4, 5]. " +
      "Transpose an input where its axes are the other way round.",
  ],
  [
    "a vector as a matrix",
    { a: ["float32", 3], b: ["float32", 3, 2] },
    (g, { a, b }) => g.matMul(a as Value, b as Value),
    "MatMul: expected [..., M, K] x [..., K, N] with equal K (after transA and transB), got float32 [3] x float32 [3, 2]. " +
      "Transpose an input where its axes are the other way round.",
  ],
  [
    "a weight of the other layout",
    { x: ["float32", 2, 3], w: ["float32", 4, 3] },
    (g, { x, w }) => g.gemm(x as Value, w as Value),
    "Gemm: expected [M, K] x [K, N] with equal K (after transA and transB), got [2, 3] x [4, 3]. Check the weight's layout.",
  ],
  [
    "a bias of another width",
    { x: ["float32", 2, 3], w: ["float32", 3, 4], c: ["float32", 3] },
    (g, { x, w, c }) => g.gemm(x as Value, w as Value, c as Value),
    "Gemm: expected a bias that broadcasts to [2, 4], got float32 [3].",
  ],
  [
    "a bias that is larger than the product",
    { x: ["float32", 1, 3], w: ["float32", 3, 4], c: ["float32", 2, 4] },
    (g, { x, w, c }) => g.gemm(x as Value, w as Value, c as Value),
    "Gemm: expected a bias that broadcasts to [1, 4], got float32 [2, 4].",
  ],
  [
    "a batch as a matrix",
    { x: ["float32", 2, 3, 4], w: ["float32", 4, 4] },
    (g, { x, w }) => g.gemm(x as Value, w as Value),
    "Gemm: expected 2 axes, got float32 [2, 3, 4].",
  ],
  [
    "a permutation that is none",
    { a: ["float32", 2, 3] },
    (g, { a }) => g.transpose(a as Value, [0, 0]),
    "Transpose: expected a permutation of 2 axes, got [0, 0].",
  ],
  [
    "another number of elements",
    { a: ["float32", 2, 3] },
    (g, { a }) => g.reshape(a as Value, [4, 2]),
    "Reshape: expected 6 elements as in [2, 3], got [4, 2].",
  ],
  [
    "extents to be inferred",
    { a: ["float32", 2, 3] },
    (g, { a }) => g.reshape(a as Value, [-1, -6]),
    "Reshape: expected positive whole extents, got [-1, -6].",
  ],
  [
    "stretching an extent above 1",
    { a: ["float32", 2] },
    (g, { a }) => g.expand(a as Value, [4]),
    "Expand: expected a shape that broadcasts to [4], got [2].",
  ],
  [
    "inputs that do not join",
    { a: ["float32", 2, 3], b: ["float32", 3, 3] },
    (g, { a, b }) => g.concat([a as Value, b as Value], 1),
    "Concat: expected float32 [2, 3] but for axis 1, got float32 [3, 3].",
  ],
  [
    "an axis that is not there",
    { a: ["float32", 2, 3] },
    (g, { a }) => g.softmax(a as Value, 2),
    "Softmax: expected an axis in [-2, 2), got 2.",
  ],
  [
    "a range beyond the end",
    { a: ["float32", 2, 3] },
    (g, { a }) => g.slice(a as Value, 1, 2, 4),
    "Slice: expected 0 <= start < end <= 3, got [2, 4).",
  ],
  [
    "an empty range",
    { a: ["float32", 2, 3] },
    (g, { a }) => g.slice(a as Value, 0, 1, 1),
    "Slice: expected 0 <= start < end <= 2, got [1, 1).",
  ],
  [
    "indices that are not int64",
    { a: ["float32", 2, 3], i: ["int32", 2] },
    (g, { a, i }) => g.gather(a as Value, i as Value),
    "Gather: expected int64, got int32 [2].",
  ],
  [
    "rows of a scalar",
    { a: ["float32"], i: ["int64", 2] },
    (g, { a, i }) => g.gather(a as Value, i as Value),
    "Gather: expected at least one axis, got float32 [].",
  ],
  [
    "updates of another width",
    { a: ["float32", 4, 3], i: ["int64", 2], u: ["float32", 2, 2] },
    (g, { a, i, u }) => g.scatterAdd(a as Value, i as Value, u as Value),
    "ScatterElements: expected data [N, ...], indices [M], updates [M, ...], got float32 [4, 3], int64 [2], float32 [2, 2].",
  ],
  [
    "an inverse of another length",
    { a: ["float32", 4, 3], i: ["int64", 2] },
    (g, { a, i }) => g.permuteRows(a as Value, i as Value, { indices: i as Value }),
    "permuteRows: expected an inverse of int64 [4] and, where rows are left out, float32 [4, 1], got int64 [2].",
  ],
  [
    "no classes",
    { a: ["int64", 4] },
    (g, { a }) => g.oneHot(a as Value, 0),
    "OneHot: expected positive whole extents, got [0].",
  ],
  [
    "one axis reduced twice",
    { a: ["float32", 2, 3] },
    (g, { a }) => g.reduceSum(a as Value, [1, -1]),
    "ReduceSum: expected one axis or more, each once, got [1, 1].",
  ],
  [
    "no axes to reduce, which ONNX reads as all",
    { a: ["float32", 2, 3] },
    (g, { a }) => g.node("ReduceMax", [a as Value], { axes: [], keepdims: 0 }),
    "ReduceMax: expected one axis or more, each once, got [].",
  ],
  [
    "a scale of another dtype",
    { x: ["float32", 2, 3], s: ["float64", 3] },
    (g, { x, s }) => g.layerNorm(x as Value, s as Value, s as Value, 1e-5),
    "LayerNormalization: expected inputs of one dtype, got float32 [2, 3] and float64 [3]. Cast one of them.",
  ],
  [
    "a bias of another dtype",
    { x: ["float32", 2, 3], w: ["float32", 3, 4], c: ["float64", 4] },
    (g, { x, w, c }) => g.gemm(x as Value, w as Value, c as Value),
    "Gemm: expected inputs of one dtype, got float32 [2, 3] and float64 [4]. Cast one of them.",
  ],
  [
    "updates of another dtype",
    { a: ["float32", 4, 3], i: ["int64", 2], u: ["float64", 2, 3] },
    (g, { a, i, u }) => g.scatterAdd(a as Value, i as Value, u as Value),
    "ScatterElements: expected inputs of one dtype, got float32 [4, 3] and float64 [2, 3]. Cast one of them.",
  ],
  [
    "kernels of another dtype",
    { x: ["float32", 1, 3, 8, 8], w: ["float64", 4, 3, 3, 3] },
    (g, { x, w }) => g.conv(x as Value, w as Value),
    "Conv: expected inputs of one dtype, got float32 [1, 3, 8, 8] and float64 [4, 3, 3, 3]. Cast one of them.",
  ],
  [
    "a scale of another width",
    { x: ["float32", 2, 3], s: ["float32", 2] },
    (g, { x, s }) => g.layerNorm(x as Value, s as Value, s as Value, 1e-5),
    "LayerNormalization: expected scale and shift [3], got float32 [2].",
  ],
  [
    "kernels for other channels",
    { x: ["float32", 1, 3, 8, 8], w: ["float32", 4, 2, 3, 3] },
    (g, { x, w }) => g.conv(x as Value, w as Value),
    "Conv: expected kernels for 3 channels, got float32 [4, 2, 3, 3].",
  ],
  [
    "an image smaller than a kernel",
    { x: ["float32", 1, 3, 2, 8], w: ["float32", 4, 3, 5, 5] },
    (g, { x, w }) => g.conv(x as Value, w as Value, { padding: 1 }),
    "Conv: expected windows of at most 4 elements along axis 2, padding included, got 5.",
  ],
  [
    "an image without a batch axis",
    { x: ["float32", 3, 8, 8] },
    (g, { x }) => g.averagePool(x as Value, 2),
    "AveragePool: expected 4 axes, got float32 [3, 8, 8].",
  ],
];

test.each(mistakes)(
  "%s: the error names the operator, what fits and what came",
  (_name, types, build, message) => {
    expect(failure(types, build)).toBe(message);
  },
);
