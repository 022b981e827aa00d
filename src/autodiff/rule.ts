import type { GraphBuilder } from "../graph/builder.ts";
import type { Node, Value } from "../graph/node.ts";
import { sameShape } from "../tensor/shape.ts";

/** What a gradient rule works with. */
export interface RuleContext {
  readonly node: Node;
  readonly inputs: readonly Value[];
  /** The node's first output. */
  readonly y: Value;
  /** Gradient of the loss for the first output, of its shape. */
  readonly dy: Value;
  /** Whether somebody needs the gradient of the input at an index; rules leave out the others' work. */
  needs(index: number): boolean;
  /** Whether the gradient of the input at an index is itself a result: a rule that goes round this input must not. */
  isResult(index: number): boolean;
}

/**
 * Builds the gradients of one node's inputs from the gradient of its output. `null` stands for an input that has none: an
 * integer, a condition, or one that nobody asked for.
 */
export type GradientRule = (g: GraphBuilder, context: RuleContext) => readonly (Value | null)[];

/** The input at `index` of a node that is known to have it. */
export function operand({ inputs }: RuleContext, index: number): Value {
  return inputs[index] as Value;
}

/** A scalar of the dtype of a floating-point value. */
export function scalarLike(g: GraphBuilder, number: number, like: Value): Value {
  return g.scalar(number, like.dtype === "float64" ? "float64" : "float32");
}

/**
 * Sums a gradient over the axes along which an operand was stretched, so that it has the operand's shape again.
 */
export function unbroadcast(g: GraphBuilder, dy: Value, target: Value): Value {
  if (sameShape(dy.shape, target.shape)) return dy;
  const missing = dy.shape.length - target.shape.length;
  const axes = dy.shape
    .map((_, axis) => axis)
    .filter((axis) => axis < missing || (target.shape[axis - missing] === 1 && dy.shape[axis] !== 1));
  const summed = axes.length === 0 ? dy : g.reduceSum(dy, axes, true);
  return sameShape(summed.shape, target.shape) ? summed : g.reshape(summed, target.shape);
}
