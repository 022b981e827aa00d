import type { GraphBuilder } from "../../graph/builder.ts";
import { normalizeAxis } from "../../graph/inference/arguments.ts";
import type { Value } from "../../graph/node.ts";
import { sizeOf } from "../../tensor/shape.ts";
import { type GradientRule, operand, type RuleContext, scalarLike } from "../rule.ts";

/** A reduced value with the reduced axes back as extents of 1. */
function withReducedAxes(g: GraphBuilder, c: RuleContext, value: Value): Value {
  const a = operand(c, 0);
  const axes = (c.node.attributes.axes as readonly number[]).map((axis) =>
    normalizeAxis(axis, a.shape.length, c.node.op),
  );
  return g.reshape(
    value,
    a.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent)),
  );
}

/** Every summand gets the sum's gradient. */
export const reduceSum: GradientRule = (g, c) => [g.expand(withReducedAxes(g, c, c.dy), operand(c, 0).shape)];

/** Every element gets its share of the mean's gradient. */
export const reduceMean: GradientRule = (g, c) => {
  const share = sizeOf(c.y.shape) / sizeOf(operand(c, 0).shape);
  return [g.expand(g.mul(withReducedAxes(g, c, c.dy), scalarLike(g, share, c.dy)), operand(c, 0).shape)];
};

/** The largest elements share the gradient equally where several tie. */
export const reduceMax: GradientRule = (g, c) => {
  const a = operand(c, 0);
  const axes = c.node.attributes.axes as readonly number[];
  const below = g.greater(withReducedAxes(g, c, c.y), a);
  const largest = g.where(below, scalarLike(g, 0, a), scalarLike(g, 1, a));
  const ties = g.reduceSum(largest, [...axes], true);
  return [g.div(g.mul(largest, withReducedAxes(g, c, c.dy)), ties)];
};

/** y = softmax a, so da = y (dy - sum(y dy)). */
export const softmax: GradientRule = (g, { node, y, dy }) => {
  const axis = node.attributes.axis as number;
  const weighted = g.mul(y, dy);
  return [g.sub(weighted, g.mul(y, g.reduceSum(weighted, [axis], true)))];
};

/** y = log softmax a, so da = dy - e^y sum(dy). */
export const logSoftmax: GradientRule = (g, { node, y, dy }) => {
  const axis = node.attributes.axis as number;
  return [g.sub(dy, g.mul(g.exp(y), g.reduceSum(dy, [axis], true)))];
};

/**
 * y = scale n + shift with n = (x - mean) r and r = 1 / sqrt(var + eps). With dn = dy scale:
 * dx = r (dn - mean(dn) - n mean(dn n)), dscale = sum(dy n), dshift = sum(dy).
 */
export const layerNormalization: GradientRule = (g, c) => {
  const x = operand(c, 0);
  const scale = operand(c, 1);
  const mean = c.node.outputs[1] as Value;
  const reciprocal = c.node.outputs[2] as Value;
  const last = [x.shape.length - 1];
  const rows = x.shape.map((_, axis) => axis).slice(0, -1);
  const normalized = g.mul(g.sub(x, mean), reciprocal);
  const dn = g.mul(c.dy, scale);
  const dx = () => {
    const projected = g.mul(normalized, g.reduceMean(g.mul(dn, normalized), last, true));
    return g.mul(g.sub(g.sub(dn, g.reduceMean(dn, last, true)), projected), reciprocal);
  };
  return [
    c.needs(0) ? dx() : null,
    c.needs(1) ? g.reduceSum(g.mul(c.dy, normalized), rows) : null,
    c.needs(2) ? g.reduceSum(c.dy, rows) : null,
  ];
};
