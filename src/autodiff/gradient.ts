import { ShapeError } from "../errors.ts";
import type { GraphBuilder } from "../graph/builder.ts";
import { formatType } from "../graph/inference/arguments.ts";
import type { Node, Value } from "../graph/node.ts";
import { collectNeeded } from "../graph/prune.ts";
import { sameShape } from "../tensor/shape.ts";
import { gradientRules } from "./rules.ts";

/** A value whose gradient is known from outside, as the start of a backward pass. */
export interface Seed {
  readonly value: Value;
  /** d loss / d value, of its shape. */
  readonly gradient: Value;
}

/**
 * Adds the gradients of a scalar to the graph, by reverse-mode differentiation.
 *
 * @param g graph that holds the loss
 * @param loss float32 `[]`
 * @param withRespectTo values whose gradients are wanted: inputs, constants, or anything in between
 * @returns the gradients, in the order of `withRespectTo`, each of its value's shape; zeros where the loss does not depend on it
 * @throws {ShapeError} if the loss is not a scalar
 * @throws {UnsupportedOpError} if an operator on the way has no gradient
 * @example const [dx] = gradients(g, loss, [x]);
 */
export function gradients(g: GraphBuilder, loss: Value, withRespectTo: readonly Value[]): Value[] {
  if (loss.shape.length !== 0) {
    throw new ShapeError({
      where: "gradients",
      expected: "a scalar loss",
      got: formatType(loss),
      fix: "Reduce it first.",
    });
  }
  return pullBack(g, [{ value: loss, gradient: g.scalar(1) }], withRespectTo);
}

/**
 * Carries given gradients of some values back to others: a vector-Jacobian product. With the gradient of a later part as
 * its seed it does one piece of a backward pass.
 *
 * @throws {ShapeError} if a seed has not its value's shape
 */
export function pullBack(g: GraphBuilder, seeds: readonly Seed[], withRespectTo: readonly Value[]): Value[] {
  const known = new Map<Value, Value[]>();
  for (const { value, gradient } of seeds) {
    if (!sameShape(value.shape, gradient.shape)) {
      throw new ShapeError({
        where: "pullBack",
        expected: `a gradient ${formatType(value)}`,
        got: formatType(gradient),
      });
    }
    append(known, value, gradient);
  }
  const { nodes } = collectNeeded({
    outputs: new Map(seeds.map(({ value }, index) => [String(index), value])),
  });
  const active = findActive(nodes, withRespectTo);
  for (const node of [...nodes].reverse()) {
    if (node.outputs.some((output) => active.has(output)))
      g.scope("gradient", () => differentiate(g, node, active, known));
  }
  return withRespectTo.map((value) => total(g, known, value) ?? g.expand(g.scalar(0), value.shape));
}

/** Values that depend on one of `sources`: only they need gradients. */
function findActive(nodes: readonly Node[], sources: readonly Value[]): Set<Value> {
  const active = new Set(sources);
  for (const node of nodes) {
    if (node.inputs.some((input) => active.has(input))) for (const output of node.outputs) active.add(output);
  }
  return active;
}

function differentiate(g: GraphBuilder, node: Node, active: Set<Value>, known: Map<Value, Value[]>): void {
  const y = node.outputs[0];
  const dy = y && total(g, known, y);
  if (y === undefined || dy === undefined) return;
  const needs = (index: number) => active.has(node.inputs[index] as Value);
  const build = () => gradientRules[node.op](g, { node, inputs: node.inputs, y, dy, needs });
  const found = node.scope === "" ? build() : g.scope(node.scope, build);
  found.forEach((gradient, index) => {
    if (gradient !== null && needs(index)) append(known, node.inputs[index] as Value, gradient);
  });
}

function append(known: Map<Value, Value[]>, value: Value, gradient: Value): void {
  const list = known.get(value);
  if (list === undefined) known.set(value, [gradient]);
  else list.push(gradient);
}

/** The sum of what came back to a value along all its uses. */
function total(g: GraphBuilder, known: Map<Value, Value[]>, value: Value): Value | undefined {
  const list = known.get(value);
  if (list === undefined || list.length === 0) return undefined;
  const sum = list.reduce((a, b) => g.add(a, b));
  known.set(value, [sum]);
  return sum;
}
