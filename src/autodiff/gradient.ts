import { ShapeError, UnsupportedOpError } from "../errors.ts";
import type { GraphBuilder } from "../graph/builder.ts";
import { checkDtype, formatType } from "../graph/inference/arguments.ts";
import type { Node, Value } from "../graph/node.ts";
import { collectNeeded } from "../graph/prune.ts";
import type { Dtype } from "../tensor/dtype.ts";
import { sameShape } from "../tensor/shape.ts";
import { scalarLike } from "./rule.ts";
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
 * @param loss float32 or float64 `[]`
 * @param withRespectTo values whose gradients are wanted: inputs, constants, or anything in between
 * @returns the gradients, in the order of `withRespectTo`, each of its value's shape; zeros where the loss does not depend on it
 * @throws {ShapeError} if the loss is not a scalar, or a value is neither float32 nor float64
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
  return pullBack(g, [{ value: loss, gradient: scalarLike(g, 1, loss) }], withRespectTo);
}

/**
 * Carries given gradients of some values back to others: a vector-Jacobian product. With the gradient of a later part as
 * its seed it does one piece of a backward pass.
 *
 * @throws {ShapeError} if a seed has not its value's type, or a value is neither float32 nor float64
 */
export function pullBack(g: GraphBuilder, seeds: readonly Seed[], withRespectTo: readonly Value[]): Value[] {
  const known = new Map<Value, Value[]>();
  for (const value of withRespectTo) checkDtype(value, DIFFERENTIABLE, "gradient");
  for (const { value, gradient } of seeds) {
    if (!sameShape(value.shape, gradient.shape) || value.dtype !== gradient.dtype) {
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
  const results = new Set(withRespectTo);
  const active = findActive(nodes, withRespectTo);
  for (const node of [...nodes].reverse()) {
    if (node.inputs.some((input) => active.has(input)))
      g.scope("gradient", () => differentiate(g, node, { active, results, known }));
  }
  return withRespectTo.map(
    (value) => total(g, known, value) ?? g.expand(scalarLike(g, 0, value), value.shape),
  );
}

/** Dtypes of values that have a gradient; narrower weights have one after a Cast. */
const DIFFERENTIABLE: readonly Dtype[] = ["float32", "float64"];

/** What one backward pass knows. */
interface Pass {
  /** Values that depend on one whose gradient is wanted. */
  readonly active: ReadonlySet<Value>;
  /** Values whose gradients are wanted. */
  readonly results: ReadonlySet<Value>;
  /** Gradients that came back so far, one from each use. */
  readonly known: Map<Value, Value[]>;
}

/** Values that depend on one of `sources`: only they need gradients. */
function findActive(nodes: readonly Node[], sources: readonly Value[]): Set<Value> {
  const active = new Set(sources);
  for (const node of nodes) {
    if (node.inputs.some((input) => active.has(input))) for (const output of node.outputs) active.add(output);
  }
  return active;
}

function differentiate(g: GraphBuilder, node: Node, { active, results, known }: Pass): void {
  const [y, ...others] = node.outputs;
  if (others.some((other) => known.has(other))) throw gradientOfStatistics(node);
  const dy = y && total(g, known, y);
  if (y === undefined || dy === undefined) return;
  const needs = (index: number) => active.has(node.inputs[index] as Value);
  const isResult = (index: number) => results.has(node.inputs[index] as Value);
  const build = () => gradientRules[node.op](g, { node, inputs: node.inputs, y, dy, needs, isResult });
  const found = node.scope === "" ? build() : g.scope(node.scope, build);
  found.forEach((gradient, index) => {
    if (gradient !== null) append(known, node.inputs[index] as Value, gradient);
  });
}

/** Rules carry back the first output's gradient alone. */
function gradientOfStatistics({ op, scope }: Node): UnsupportedOpError {
  return new UnsupportedOpError({
    where: scope === "" ? op : `${scope} > ${op}`,
    expected: "a loss that reads the first output",
    got: "one that reads another",
    fix: "Compute what the other outputs hold from the inputs; second derivatives of LayerNormalization need this too.",
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
