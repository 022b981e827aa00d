import type { Value } from "../../../src/graph/node.ts";
import { float32, type OperatorCase, type OperatorCases } from "../operator-case.ts";
import { FLOAT32_CANCELLATION } from "../tolerances.ts";

const matMulShapes: readonly (readonly [string, readonly number[], readonly number[]])[] = [
  ["matrices", [2, 3], [3, 4]],
  ["one column", [2, 3], [3, 1]],
  ["inner extent of 1", [4, 1], [1, 3]],
  ["batches", [2, 3, 4], [2, 4, 5]],
  ["shared right matrix", [2, 3, 4], [4, 5]],
  ["shared left matrix", [3, 4], [2, 4, 5]],
  ["both batches stretched", [2, 1, 3, 4], [1, 5, 4, 2]],
];

function matMulCases(): OperatorCase[] {
  const swapped = (shape: readonly number[]) => [...shape.slice(0, -2), ...shape.slice(-2).reverse()];
  return matMulShapes.flatMap(([name, a, b]) => [
    {
      name: `MatMul ${name}`,
      inputs: [float32(a), float32(b)],
      build: (g, [x, y]) => g.matMul(x as Value, y as Value),
    },
    {
      name: `MatMul ${name}, left transposed`,
      inputs: [float32(swapped(a)), float32(b)],
      build: (g, [x, y]) => g.matMul(g.transpose(x as Value), y as Value),
    },
    {
      name: `MatMul ${name}, right transposed`,
      inputs: [float32(a), float32(swapped(b))],
      build: (g, [x, y]) => g.matMul(x as Value, g.transpose(y as Value)),
    },
    {
      name: `MatMul ${name}, both transposed`,
      inputs: [float32(swapped(a)), float32(swapped(b))],
      build: (g, [x, y]) => g.matMul(g.transpose(x as Value), g.transpose(y as Value)),
    },
  ]);
}

function gemmCases(): OperatorCase[] {
  const cases: OperatorCase[] = [];
  for (const transA of [false, true]) {
    for (const transB of [false, true]) {
      const shapes = [transA ? [3, 2] : [2, 3], transB ? [4, 3] : [3, 4]];
      for (const bias of [undefined, [4], [2, 4], [2, 1], [1, 4], [1], []]) {
        const inputs = [...shapes, ...(bias === undefined ? [] : [bias])].map((shape) => float32(shape));
        for (const [alpha, beta] of [
          [1, 1],
          [0.5, -2],
        ] as const) {
          const options = { transA, transB, alpha, beta };
          cases.push({
            name: `Gemm ${JSON.stringify({ ...options, bias })}`,
            inputs,
            build: (g, [a, b, c]) => g.gemm(a as Value, b as Value, c, options),
          });
        }
      }
    }
  }
  return cases;
}

/** Cases of matrix products. */
export const linearCases: OperatorCases<"MatMul" | "Gemm"> = {
  MatMul: [
    ...matMulCases(),
    {
      name: "MatMul of one input with its own transpose",
      inputs: [float32([3, 4])],
      build: (g, [a]) => g.matMul(a as Value, g.transpose(a as Value)),
    },
    {
      name: "MatMul float64, right transposed",
      inputs: [
        { dtype: "float64", shape: [2, 3] },
        { dtype: "float64", shape: [4, 3] },
      ],
      build: (g, [a, b]) => g.matMul(a as Value, g.transpose(b as Value)),
    },
    {
      name: "MatMul 300 terms",
      inputs: [float32([2, 300]), float32([300, 3])],
      build: (g, [a, b]) => g.matMul(a as Value, b as Value),
      tolerance: FLOAT32_CANCELLATION,
    },
  ],
  Gemm: [
    ...gemmCases(),
    {
      name: "Gemm of one input twice",
      inputs: [float32([3, 3])],
      build: (g, [a]) => g.gemm(a as Value, a as Value, a as Value, { transB: true }),
    },
  ],
};
