import type { OpType } from "../graph/node.ts";
import type { GradientRule } from "./rule.ts";
import { averagePool, conv, convTranspose } from "./rules/convolution.ts";
import * as elementwise from "./rules/elementwise.ts";
import { gemm, matMul } from "./rules/linear.ts";
import { concat, expand, gather, reshape, scatterAdd, slice, transpose } from "./rules/movement.ts";
import {
  layerNormalization,
  logSoftmax,
  reduceMax,
  reduceMean,
  reduceSum,
  softmax,
} from "./rules/reduction.ts";

/** The gradient rule of every operator; the table is total, so an operator without a rule does not compile. */
export const gradientRules = {
  Add: elementwise.add,
  Sub: elementwise.sub,
  Mul: elementwise.mul,
  Div: elementwise.div,
  Neg: elementwise.neg,
  Exp: elementwise.exp,
  Log: elementwise.log,
  Sqrt: elementwise.sqrt,
  Sigmoid: elementwise.sigmoid,
  Erf: elementwise.erf,
  Relu: elementwise.relu,
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
  ReduceSum: reduceSum,
  ReduceMean: reduceMean,
  ReduceMax: reduceMax,
  Greater: elementwise.constantAlmostEverywhere,
  Where: elementwise.where,
  OneHot: elementwise.constantAlmostEverywhere,
  Cast: elementwise.cast,
  Conv: conv,
  ConvTranspose: convTranspose,
  AveragePool: averagePool,
} satisfies Record<OpType, GradientRule>;
