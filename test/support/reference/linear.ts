import type { Attributes } from "../../../src/graph/node.ts";
import { type Array64, at, broadcastAt, generate } from "./array64.ts";
import { inputOf, type ReferenceOperator, shapeOf } from "./operator.ts";

/** An array with its last two axes swapped, if asked for. */
function swapped(a: Array64, swap: boolean): Array64 {
  if (!swap) return a;
  const lead = a.shape.slice(0, -2);
  const [rows = 0, columns = 0] = a.shape.slice(-2);
  return generate([...lead, columns, rows], (index) => {
    const [i = 0, j = 0] = index.slice(-2);
    return at(a, [...index.slice(0, -2), j, i]);
  });
}

/** Sums of products over the last axis of `a` and the last but one of `b`, leading axes broadcast. */
export const matMul: ReferenceOperator = (inputs, attributes, outputs) => {
  const a = swapped(inputOf(inputs, 0), attributes.transA === 1);
  const b = swapped(inputOf(inputs, 1), attributes.transB === 1);
  const inner = a.shape.at(-1) ?? 0;
  return [
    generate(shapeOf(outputs), (index) => {
      const batch = index.slice(0, -2);
      const [i = 0, j = 0] = index.slice(-2);
      let sum = 0;
      for (let k = 0; k < inner; k++) {
        sum += broadcastAt(a, [...batch, i, k]) * broadcastAt(b, [...batch, k, j]);
      }
      return sum;
    }),
  ];
};

/** `alpha op(a) op(b) + beta c`. */
export const gemm: ReferenceOperator = (inputs, attributes, outputs) => {
  const { alpha, beta } = attributes as Attributes & { alpha: number; beta: number };
  const product = inputOf(matMul(inputs, attributes, outputs), 0);
  const c = inputs[2];
  return [
    generate(product.shape, (index) => {
      const bias = c === undefined ? 0 : beta * broadcastAt(c, index);
      return alpha * at(product, index) + bias;
    }),
  ];
};
