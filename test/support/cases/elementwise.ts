import type { GraphBuilder } from "../../../src/graph/builder.ts";
import type { Value } from "../../../src/graph/node.ts";
import {
  boolOf,
  float32,
  float32Of,
  int64Of,
  type OperatorCase,
  type OperatorCases,
} from "../operator-case.ts";

type Binary = (g: GraphBuilder, a: Value, b: Value) => Value;

/** Shapes that an operator of two inputs meets. `second` is the range of b. */
function binaryCases(op: string, apply: Binary, second: readonly [number, number]): OperatorCase[] {
  const build = (g: GraphBuilder, inputs: readonly Value[]) =>
    apply(g, inputs[0] as Value, inputs[1] as Value);
  return [
    { name: `${op} equal shapes`, inputs: [float32([2, 3]), float32([2, 3], second)], build },
    { name: `${op} b stretched`, inputs: [float32([2, 3]), float32([3], second)], build },
    { name: `${op} a stretched`, inputs: [float32([1]), float32([2, 3], second)], build },
    { name: `${op} scalars`, inputs: [float32([]), float32([], second)], build },
    { name: `${op} scalar and matrix`, inputs: [float32([2, 3]), float32([], second)], build },
    { name: `${op} both stretched`, inputs: [float32([2, 1, 3]), float32([4, 1], second)], build },
    { name: `${op} extents of 1`, inputs: [float32([1, 3, 1]), float32([1, 1, 2], second)], build },
    {
      name: `${op} one input twice`,
      inputs: [float32([2, 3], second)],
      build: (g, [a]) => apply(g, a as Value, a as Value),
    },
  ];
}

type Unary = (g: GraphBuilder, a: Value) => Value;

function unaryCases(op: string, apply: Unary, range: readonly [number, number]): OperatorCase[] {
  const build = (g: GraphBuilder, inputs: readonly Value[]) => apply(g, inputs[0] as Value);
  return [
    { name: `${op} matrix`, inputs: [float32([2, 3], range)], build },
    { name: `${op} scalar`, inputs: [float32([], range)], build },
    {
      name: `${op} used twice`,
      inputs: [float32([4], range)],
      build: (g, [a]) => g.mul(apply(g, a as Value), apply(g, a as Value)),
    },
  ];
}

/** Cases of operators that work element by element. */
export const elementwiseCases: OperatorCases<
  | "Add"
  | "Sub"
  | "Mul"
  | "Div"
  | "Neg"
  | "Exp"
  | "Log"
  | "Sqrt"
  | "Sigmoid"
  | "Erf"
  | "Relu"
  | "Greater"
  | "Where"
  | "Cast"
> = {
  Add: [
    ...binaryCases("Add", (g, a, b) => g.add(a, b), [-1, 1]),
    {
      name: "Add float64",
      inputs: [
        { dtype: "float64", shape: [2, 3] },
        { dtype: "float64", shape: [3] },
      ],
      build: (g, [a, b]) => g.add(a as Value, b as Value),
    },
  ],
  Sub: binaryCases("Sub", (g, a, b) => g.sub(a, b), [-1, 1]),
  Mul: [
    ...binaryCases("Mul", (g, a, b) => g.mul(a, b), [-1, 1]),
    {
      name: "Mul by its own sigmoid",
      inputs: [float32([3, 4], [-6, 6])],
      build: (g, [a]) => g.mul(a as Value, g.sigmoid(a as Value)),
    },
    {
      name: "Mul by its own sigmoid, far out",
      inputs: [float32Of([6], [-100, -40, -20, 20, 40, 100])],
      build: (g, [a]) => g.mul(a as Value, g.sigmoid(a as Value)),
    },
    {
      name: "Mul by its own sigmoid, which is used again",
      inputs: [float32([3, 4], [-3, 3])],
      build: (g, [a]) => {
        const gate = g.sigmoid(a as Value);
        return g.add(g.mul(a as Value, gate), g.mul(gate, gate));
      },
    },
  ],
  Div: binaryCases("Div", (g, a, b) => g.div(a, b), [0.5, 2]),
  Neg: unaryCases("Neg", (g, a) => g.neg(a), [-1, 1]),
  Exp: unaryCases("Exp", (g, a) => g.exp(a), [-3, 3]),
  Log: unaryCases("Log", (g, a) => g.log(a), [0.3, 3]),
  Sqrt: unaryCases("Sqrt", (g, a) => g.sqrt(a), [0.3, 3]),
  Sigmoid: [
    ...unaryCases("Sigmoid", (g, a) => g.sigmoid(a), [-5, 5]),
    {
      name: "Sigmoid far out",
      inputs: [float32Of([4], [-90, -30, 30, 90])],
      build: (g, [a]) => g.sigmoid(a as Value),
    },
  ],
  Erf: unaryCases("Erf", (g, a) => g.erf(a), [-3, 3]),
  Relu: [
    { name: "Relu", inputs: [float32([3, 5])], build: (g, [a]) => g.relu(a as Value) },
    {
      name: "Relu at 0",
      inputs: [float32Of([4], [-1, 0, -0, 2])],
      build: (g, [a]) => g.relu(a as Value),
      atKink: [[0, 0, 0, 1]],
    },
  ],
  Greater: [
    {
      name: "Greater broadcast",
      inputs: [float32([2, 3]), float32([3])],
      build: (g, [a, b]) => g.cast(g.greater(a as Value, b as Value), "float32"),
    },
    {
      name: "Greater of equals",
      inputs: [float32Of([3], [1, 2, 3]), float32Of([3], [1, 1, 4])],
      build: (g, [a, b]) => g.cast(g.greater(a as Value, b as Value), "float32"),
      atKink: [
        [0, 0, 0],
        [0, 0, 0],
      ],
    },
  ],
  Where: [
    {
      name: "Where equal shapes",
      inputs: [boolOf([2, 2], [1, 0, 0, 1]), float32([2, 2]), float32([2, 2])],
      build: (g, [condition, a, b]) => g.where(condition as Value, a as Value, b as Value),
    },
    {
      name: "Where all stretched",
      inputs: [boolOf([3, 1, 1], [1, 0, 1]), float32([2, 1]), float32([4])],
      build: (g, [condition, a, b]) => g.where(condition as Value, a as Value, b as Value),
    },
    {
      name: "Where with one input twice",
      inputs: [boolOf([3], [1, 0, 1]), float32([3])],
      build: (g, [condition, a]) => g.where(condition as Value, a as Value, a as Value),
    },
  ],
  Cast: [
    {
      name: "Cast int64 to float32",
      inputs: [int64Of([3], [-2, 0, 5])],
      build: (g, [a]) => g.cast(a as Value, "float32"),
    },
    {
      name: "Cast bool to float32",
      inputs: [boolOf([3], [1, 0, 1])],
      build: (g, [a]) => g.cast(a as Value, "float32"),
    },
    {
      name: "Cast float32 to int64 and back",
      inputs: [float32Of([4], [-1.75, -0.25, 0.75, 2.5])],
      build: (g, [a]) => g.cast(g.cast(a as Value, "int64"), "float32"),
    },
    {
      name: "Cast through float64",
      inputs: [float32([2, 3])],
      build: (g, [a]) => {
        const wide = g.cast(a as Value, "float64");
        return g.cast(g.mul(wide, g.exp(wide)), "float32");
      },
    },
  ],
};
