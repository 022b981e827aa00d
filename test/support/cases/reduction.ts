import type { GraphBuilder } from "../../../src/graph/builder.ts";
import type { Value } from "../../../src/graph/node.ts";
import { float32, float32Of, type OperatorCase, type OperatorCases } from "../operator-case.ts";
import { FLOAT32_CANCELLATION } from "../tolerances.ts";

type Reduction = (g: GraphBuilder, a: Value, axes?: readonly number[], keepdims?: boolean) => Value;

function axesCases(op: string, apply: Reduction): OperatorCase[] {
  const shape = [2, 3, 4];
  return [
    { name: `${op} all axes`, inputs: [float32(shape)], build: (g, [a]) => apply(g, a as Value) },
    { name: `${op} first axis`, inputs: [float32(shape)], build: (g, [a]) => apply(g, a as Value, [0]) },
    { name: `${op} last axis`, inputs: [float32(shape)], build: (g, [a]) => apply(g, a as Value, [-1]) },
    {
      name: `${op} outer axes, kept`,
      inputs: [float32(shape)],
      build: (g, [a]) => apply(g, a as Value, [0, -1], true),
    },
    {
      name: `${op} axis of extent 1`,
      inputs: [float32([2, 1, 3])],
      build: (g, [a]) => apply(g, a as Value, [1]),
    },
    { name: `${op} vector`, inputs: [float32([5])], build: (g, [a]) => apply(g, a as Value) },
  ];
}

type AlongAxis = (g: GraphBuilder, a: Value, axis?: number) => Value;

function softmaxCases(op: string, apply: AlongAxis): OperatorCase[] {
  return [
    { name: `${op} last axis`, inputs: [float32([2, 4], [-3, 3])], build: (g, [a]) => apply(g, a as Value) },
    {
      name: `${op} first axis`,
      inputs: [float32([3, 2, 2], [-3, 3])],
      build: (g, [a]) => apply(g, a as Value, 0),
    },
    {
      name: `${op} middle axis, from the end`,
      inputs: [float32([2, 3, 2], [-3, 3])],
      build: (g, [a]) => apply(g, a as Value, -2),
    },
    {
      name: `${op} one element`,
      inputs: [float32([3, 1])],
      build: (g, [a]) => apply(g, a as Value),
    },
    {
      name: `${op} large logits`,
      inputs: [float32Of([2, 3], [100, 101, 99, -100, -80, -90])],
      build: (g, [a]) => apply(g, a as Value),
    },
  ];
}

function norm(epsilon: number): OperatorCase["build"] {
  return (g, [x, scale, shift]) => g.layerNorm(x as Value, scale as Value, shift as Value, epsilon);
}

/** Cases of operators that combine elements along axes. */
export const reductionCases: OperatorCases<
  "Softmax" | "LogSoftmax" | "LayerNormalization" | "ReduceSum" | "ReduceMean" | "ReduceMax"
> = {
  Softmax: [
    ...softmaxCases("Softmax", (g, a, axis) => g.softmax(a, axis)),
    {
      name: "Softmax masked",
      inputs: [float32Of([2, 3], [0.5, -1e9, 0.25, -1e9, 1, -1e9])],
      build: (g, [a]) => g.softmax(a as Value),
    },
  ],
  LogSoftmax: softmaxCases("LogSoftmax", (g, a, axis) => g.logSoftmax(a, axis)),
  LayerNormalization: [
    {
      name: "LayerNormalization rows",
      inputs: [float32([3, 5]), float32([5], [0.5, 2]), float32([5])],
      build: norm(1e-5),
    },
    {
      name: "LayerNormalization more axes",
      inputs: [float32([2, 1, 3, 4]), float32([4]), float32([4])],
      build: norm(1e-5),
    },
    {
      name: "LayerNormalization vector",
      inputs: [float32([6]), float32([6]), float32([6])],
      build: norm(1e-5),
    },
    {
      name: "LayerNormalization of a row of equals and of zeros",
      // Variance 0: epsilon alone keeps the slope finite, so it is larger here than models have it.
      inputs: [float32Of([2, 4], [0.5, 0.5, 0.5, 0.5, 0, 0, 0, 0]), float32([4]), float32([4])],
      build: norm(1e-2),
    },
    {
      name: "LayerNormalization far from zero",
      inputs: [float32([2, 8], [9, 11]), float32([8]), float32([8])],
      build: norm(1e-5),
      tolerance: FLOAT32_CANCELLATION,
    },
    {
      name: "LayerNormalization with its input as scale",
      inputs: [float32([4])],
      build: (g, [x]) => g.layerNorm(x as Value, x as Value, x as Value, 1e-5),
    },
  ],
  ReduceSum: axesCases("ReduceSum", (g, a, axes, keepdims) => g.reduceSum(a, axes && [...axes], keepdims)),
  ReduceMean: axesCases("ReduceMean", (g, a, axes, keepdims) => g.reduceMean(a, axes && [...axes], keepdims)),
  ReduceMax: [
    ...axesCases("ReduceMax", (g, a, axes, keepdims) => g.reduceMax(a, axes && [...axes], keepdims)),
    {
      name: "ReduceMax ties",
      inputs: [float32Of([3, 3], [1, 2, 2, 3, 3, 3, -1, -2, -1])],
      build: (g, [a]) => g.reduceMax(a as Value, [1]),
      atKink: [[0, 1 / 2, 1 / 2, 1 / 3, 1 / 3, 1 / 3, 1 / 2, 0, 1 / 2]],
    },
  ],
};
