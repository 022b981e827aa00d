import type { Value } from "../../graph/node.ts";
import type { GemmOptions } from "../../graph/operator-options.ts";
import { type GradientRule, operand, scalarLike, unbroadcast } from "../rule.ts";

/**
 * y = op(a) @ op(b), where op swaps the last two axes on request, so d op(a) = dy @ op(b)T and d op(b) = op(a)T @ dy, summed
 * over stretched batch axes. Where op swaps, the transpose of the product is built instead: (x y)T = yT xT.
 */
export const matMul: GradientRule = (g, c) => {
  const a = operand(c, 0);
  const b = operand(c, 1);
  const { transA, transB } = c.node.attributes;
  const opA = transA === 1 ? g.transpose(a) : a;
  const opB = transB === 1 ? g.transpose(b) : b;
  const da = () => (transA === 1 ? g.matMul(opB, g.transpose(c.dy)) : g.matMul(c.dy, g.transpose(opB)));
  const db = () => (transB === 1 ? g.matMul(g.transpose(c.dy), opA) : g.matMul(g.transpose(opA), c.dy));
  return [c.needs(0) ? unbroadcast(g, da(), a) : null, c.needs(1) ? unbroadcast(g, db(), b) : null];
};

/** y = alpha op(a) @ op(b) + beta c, where op transposes on request; each gradient is one Gemm again. */
export const gemm: GradientRule = (g, c) => {
  const a = operand(c, 0);
  const b = operand(c, 1);
  const bias = c.inputs[2];
  const { alpha, beta } = c.node.attributes as { alpha: number; beta: number };
  const transA = c.node.attributes.transA === 1;
  const transB = c.node.attributes.transB === 1;
  const product = (left: Value, right: Value, options: GemmOptions) =>
    g.gemm(left, right, undefined, { ...options, alpha });
  const da = () =>
    transA ? product(b, c.dy, { transA: transB, transB: true }) : product(c.dy, b, { transB: !transB });
  const db = () =>
    transB ? product(c.dy, a, { transA: true, transB: transA }) : product(a, c.dy, { transA: !transA });
  const dc = (value: Value) => {
    const sum = unbroadcast(g, c.dy, value);
    return beta === 1 ? sum : g.mul(sum, scalarLike(g, beta, sum));
  };
  const gradients = [c.needs(0) ? da() : null, c.needs(1) ? db() : null];
  if (bias !== undefined) gradients.push(c.needs(2) ? dc(bias) : null);
  return gradients;
};
