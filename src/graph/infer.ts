import type { InferenceRule } from "./inference/arguments.ts";
import { averagePool, conv, convTranspose } from "./inference/convolution.ts";
import { binary, cast, comparison, unary, where3 } from "./inference/elementwise.ts";
import { gemm, matMul } from "./inference/linear.ts";
import {
  concat,
  expand,
  gather,
  oneHot,
  reshape,
  scatterRows,
  slice,
  transpose,
} from "./inference/movement.ts";
import { layerNormalization, reduce, softmax } from "./inference/reduction.ts";
import type { OpType } from "./node.ts";

/** Shape and dtype inference of every operator; the table is total, so an operator without a rule does not compile. */
export const inferenceRules: Readonly<Record<OpType, InferenceRule>> = {
  Add: binary,
  Sub: binary,
  Mul: binary,
  Div: binary,
  Neg: unary,
  Exp: unary,
  Log: unary,
  Sqrt: unary,
  Sigmoid: unary,
  Erf: unary,
  Relu: unary,
  MatMul: matMul,
  Gemm: gemm,
  Transpose: transpose,
  Reshape: reshape,
  Expand: expand,
  Concat: concat,
  Slice: slice,
  Gather: gather,
  ScatterElements: scatterRows,
  Softmax: softmax,
  LogSoftmax: softmax,
  LayerNormalization: layerNormalization,
  ReduceSum: reduce,
  ReduceMean: reduce,
  ReduceMax: reduce,
  Greater: comparison,
  Where: where3,
  OneHot: oneHot,
  Cast: cast,
  Conv: conv,
  ConvTranspose: convTranspose,
  AveragePool: averagePool,
};
