import { type GradientRule, operand, unbroadcast } from "../rule.ts";

/** y = a @ b, so da = dy @ bT and db = aT @ dy, summed over stretched batch axes. */
export const matMul: GradientRule = (g, c) => {
  const a = operand(c, 0);
  const b = operand(c, 1);
  return [
    c.needs(0) ? unbroadcast(g, g.matMul(c.dy, g.transpose(b)), a) : null,
    c.needs(1) ? unbroadcast(g, g.matMul(g.transpose(a), c.dy), b) : null,
  ];
};

/** y = op(a) @ op(b) + c, where op transposes on request; each gradient is one Gemm again. */
export const gemm: GradientRule = (g, c) => {
  const a = operand(c, 0);
  const b = operand(c, 1);
  const bias = c.inputs[2];
  const transA = c.node.attributes.transA === 1;
  const transB = c.node.attributes.transB === 1;
  const da = () =>
    transA
      ? g.gemm(b, c.dy, undefined, { transA: transB, transB: true })
      : g.gemm(c.dy, b, undefined, { transB: !transB });
  const db = () =>
    transB
      ? g.gemm(c.dy, a, undefined, { transA: true, transB: transA })
      : g.gemm(a, c.dy, undefined, { transA: !transA });
  const gradients = [c.needs(0) ? da() : null, c.needs(1) ? db() : null];
  if (bias !== undefined) gradients.push(c.needs(2) ? unbroadcast(g, c.dy, bias) : null);
  return gradients;
};
