import type { OpType, Value } from "../../src/graph/node.ts";
import { collectNeeded } from "../../src/graph/prune.ts";
import { isFileTensor } from "../../src/tensor/tensor.ts";
import { type Array64, toArray64 } from "./reference/array64.ts";
import { averagePool, conv, convTranspose } from "./reference/convolution.ts";
import { broadcasting, cast, erf, unary } from "./reference/elementwise.ts";
import { gemm, matMul } from "./reference/linear.ts";
import {
  concat,
  expand,
  gather,
  oneHot,
  reshape,
  scatterAdd,
  slice,
  transpose,
} from "./reference/movement.ts";
import type { ReferenceOperator } from "./reference/operator.ts";
import { layerNormalization, logSoftmax, reduce, softmax, sum } from "./reference/reduction.ts";

/** Every operator by its definition, in float64; total, so an operator without a reference does not compile. */
export const referenceOperators: Readonly<Record<OpType, ReferenceOperator>> = {
  Add: broadcasting((a = 0, b = 0) => a + b),
  Sub: broadcasting((a = 0, b = 0) => a - b),
  Mul: broadcasting((a = 0, b = 0) => a * b),
  Div: broadcasting((a = 0, b = 0) => a / b),
  Neg: unary((a) => -a),
  Exp: unary(Math.exp),
  Log: unary(Math.log),
  Sqrt: unary(Math.sqrt),
  Sigmoid: unary((a) => 1 / (1 + Math.exp(-a))),
  Erf: unary(erf),
  Relu: unary((a) => Math.max(a, 0)),
  MatMul: matMul,
  Gemm: gemm,
  Transpose: transpose,
  Reshape: reshape,
  Expand: expand,
  Concat: concat,
  Slice: slice,
  Gather: gather,
  ScatterElements: scatterAdd,
  Softmax: softmax,
  LogSoftmax: logSoftmax,
  LayerNormalization: layerNormalization,
  ReduceSum: reduce(sum),
  ReduceMean: reduce((elements) => sum(elements) / elements.length),
  ReduceMax: reduce((elements) => Math.max(...elements)),
  Greater: broadcasting((a = 0, b = 0) => (a > b ? 1 : 0)),
  Where: broadcasting((condition = 0, a = 0, b = 0) => (condition === 0 ? b : a)),
  OneHot: oneHot,
  Cast: cast,
  Conv: conv,
  ConvTranspose: convTranspose,
  AveragePool: averagePool,
};

/**
 * Computes values of a graph in float64, one operator after the other: slow, and plain enough to be believed.
 *
 * @param values what to compute
 * @param feeds elements of the graph's inputs, by name; constants must be in memory
 */
export function evaluate(
  values: readonly Value[],
  feeds: Readonly<Record<string, Array64>>,
): readonly Array64[] {
  const outputs = new Map(values.map((value, index) => [String(index), value]));
  const { nodes, constants, inputs } = collectNeeded({ outputs });
  const known = new Map<Value, Array64>();
  for (const value of inputs) {
    const fed = feeds[value.name];
    if (fed === undefined) throw new RangeError(`input "${value.name}" is not fed`);
    known.set(value, fed);
  }
  for (const value of constants) {
    if (value.constant === undefined || isFileTensor(value.constant)) {
      throw new RangeError(`constant "${value.name}" is not in memory`);
    }
    known.set(value, toArray64(value.constant));
  }
  for (const node of nodes) {
    const operands = node.inputs.map((input) => known.get(input) as Array64);
    const results = referenceOperators[node.op](operands, node.attributes, node.outputs);
    results.forEach((result, index) => {
      const output = node.outputs[index];
      if (output !== undefined) known.set(output, result);
    });
  }
  return values.map((value) => known.get(value) as Array64);
}
