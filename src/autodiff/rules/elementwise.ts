import type { GraphBuilder } from "../../graph/builder.ts";
import type { Value } from "../../graph/node.ts";
import { type GradientRule, operand, type RuleContext, scalarLike, unbroadcast } from "../rule.ts";

/** Gradients of both operands of a broadcasting operator, each built only where it is needed. */
function both(g: GraphBuilder, context: RuleContext, da: () => Value, db: () => Value): (Value | null)[] {
  return [
    context.needs(0) ? unbroadcast(g, da(), operand(context, 0)) : null,
    context.needs(1) ? unbroadcast(g, db(), operand(context, 1)) : null,
  ];
}

/** y = a + b. */
export const add: GradientRule = (g, c) =>
  both(
    g,
    c,
    () => c.dy,
    () => c.dy,
  );

/** y = a - b. */
export const sub: GradientRule = (g, c) =>
  both(
    g,
    c,
    () => c.dy,
    () => g.neg(c.dy),
  );

/**
 * y = a b, so da = dy b and db = dy a.
 *
 * For y = a sigmoid(a), the activation of every block, both ways to a are taken at once: with t = sigmoid(-a),
 * da = dy (1 - t) (1 + a t). Only a is kept for it: the forward pass is then one fused operator of the engine, and neither
 * sigmoid(a) nor y, the widest tensors of the model, stay in memory until the backward pass (a third of the peak memory).
 */
export const mul: GradientRule = (g, c) => {
  const [a, b] = c.inputs as [Value, Value];
  if (b.producer?.op === "Sigmoid" && b.producer.inputs[0] === a && !c.isResult(1)) {
    const one = scalarLike(g, 1, a);
    const t = g.sigmoid(g.neg(a));
    return [g.mul(c.dy, g.mul(g.sub(one, t), g.add(one, g.mul(a, t)))), null];
  }
  return both(
    g,
    c,
    () => g.mul(c.dy, b),
    () => g.mul(c.dy, a),
  );
};

/** y = a / b, so da = dy / b and db = -dy y / b. */
export const div: GradientRule = (g, c) =>
  both(
    g,
    c,
    () => g.div(c.dy, operand(c, 1)),
    () => g.neg(g.div(g.mul(c.dy, c.y), operand(c, 1))),
  );

/** y = -a. */
export const neg: GradientRule = (g, { dy }) => [g.neg(dy)];

/** y = e^a, so da = dy y. */
export const exp: GradientRule = (g, { y, dy }) => [g.mul(dy, y)];

/** y = ln a, so da = dy / a. */
export const log: GradientRule = (g, c) => [g.div(c.dy, operand(c, 0))];

/** y = sqrt a, so da = dy / 2y; infinite at 0, where callers add an epsilon first. */
export const sqrt: GradientRule = (g, { y, dy }) => [g.div(g.mul(dy, scalarLike(g, 0.5, y)), y)];

/** y = sigmoid a, so da = dy y (1 - y). */
export const sigmoid: GradientRule = (g, { y, dy }) => [g.mul(g.mul(dy, y), g.sub(scalarLike(g, 1, y), y))];

/** y = erf a, so da = dy 2/sqrt(pi) e^(-a a). */
export const erf: GradientRule = (g, c) => {
  const a = operand(c, 0);
  const slope = g.mul(g.exp(g.neg(g.mul(a, a))), scalarLike(g, 2 / Math.sqrt(Math.PI), a));
  return [g.mul(c.dy, slope)];
};

/** y = max(a, 0), so da = dy where a > 0; 0 at the kink. */
export const relu: GradientRule = (g, c) => {
  const zero = scalarLike(g, 0, c.dy);
  return [g.where(g.greater(operand(c, 0), zero), c.dy, zero)];
};

/** y = condition ? a : b. */
export const where: GradientRule = (g, c) => {
  const condition = operand(c, 0);
  const zero = scalarLike(g, 0, c.dy);
  return [
    null,
    c.needs(1) ? unbroadcast(g, g.where(condition, c.dy, zero), operand(c, 1)) : null,
    c.needs(2) ? unbroadcast(g, g.where(condition, zero, c.dy), operand(c, 2)) : null,
  ];
};

/** A cast between floating-point dtypes; integers have no gradient. */
export const cast: GradientRule = (g, c) => {
  const from = operand(c, 0).dtype;
  return [from === "float32" || from === "float64" ? g.cast(c.dy, from) : null];
};

/** Comparisons and one-hot rows are constant almost everywhere. */
export const constantAlmostEverywhere: GradientRule = (_g, { inputs }) => inputs.map(() => null);
