import { pullBack } from "../../src/autodiff/gradient.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import type { OpType, Value } from "../../src/graph/node.ts";
import type { ArrayOf, Dtype } from "../../src/tensor/dtype.ts";
import { createRandom } from "../../src/tensor/random.ts";
import { type Shape, sizeOf } from "../../src/tensor/shape.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { type Array64, toArray64 } from "./reference/array64.ts";
import type { Tolerance } from "./tolerances.ts";

/** A dtype that cases feed. */
export type CaseDtype = "float32" | "float64" | "int64" | "bool";

/** One input of a case: its elements, or a range from which they are drawn. */
export interface CaseInput {
  readonly dtype: CaseDtype;
  readonly shape: Shape;
  readonly data?: readonly number[];
  readonly range?: readonly [number, number];
}

/** One way to use an operator. */
export interface OperatorCase {
  readonly name: string;
  readonly inputs: readonly CaseInput[];
  build(g: GraphBuilder, inputs: readonly Value[]): Value;
  /**
   * Gradients of the sum of the output, by input, where the function has a kink and central differences say nothing; the
   * operator's convention decides.
   */
  readonly atKink?: readonly (readonly number[])[];
  /** Where the engine is less exact than operators are in general, with the reason beside it. */
  readonly tolerance?: Tolerance;
}

/** Cases by operator. */
export type OperatorCases<Op extends OpType> = Readonly<Record<Op, readonly OperatorCase[]>>;

/** float32 elements drawn from a range, [-1, 1] if not given. */
export function float32(shape: Shape, range: readonly [number, number] = [-1, 1]): CaseInput {
  return { dtype: "float32", shape, range };
}

/** float32 elements that matter. */
export function float32Of(shape: Shape, data: readonly number[]): CaseInput {
  return { dtype: "float32", shape, data };
}

/** int64 elements. */
export function int64Of(shape: Shape, data: readonly number[]): CaseInput {
  return { dtype: "int64", shape, data };
}

/** bool elements, written as 0 and 1. */
export function boolOf(shape: Shape, data: readonly number[]): CaseInput {
  return { dtype: "bool", shape, data };
}

/** The graph of a case: its output `y`, and `d x0`, `d x1`, ... for a gradient `dy` of the output that is fed. */
export interface BuiltCase {
  readonly g: GraphBuilder;
  readonly y: Value;
  /** Inputs that have gradients. */
  readonly sources: readonly Value[];
  /** Gradients of the sources, in their order. */
  readonly gradients: readonly Value[];
  readonly feeds: Readonly<Record<string, Tensor>>;
}

/** Builds a case's graph, with gradients of all floating-point inputs unless only the value is asked for. */
export function buildCase({ name, inputs, build }: OperatorCase, { gradients = true } = {}): BuiltCase {
  const g = new GraphBuilder();
  const { random } = createRandom(seedOf(name));
  const feeds: Record<string, Tensor> = {};
  const values = inputs.map((input, index) => {
    feeds[`x${index}`] = drawInput(input, random);
    return g.input(`x${index}`, input.dtype, input.shape);
  });
  const y = build(g, values);
  g.output("y", y);
  const sources = values.filter(({ dtype }) => dtype === "float32" || dtype === "float64");
  if (!gradients || sources.length === 0) return { g, y, sources: [], gradients: [], feeds };
  const dy = g.input("dy", y.dtype, y.shape);
  feeds.dy = drawInput({ dtype: y.dtype as CaseDtype, shape: y.shape, range: [-1, 1] }, random);
  const found = pullBack(g, [{ value: y, gradient: dy }], sources);
  found.forEach((gradient, index) => {
    g.output(`d ${sources[index]?.name}`, gradient);
  });
  return { g, y, sources, gradients: found, feeds };
}

/** Feeds as the reference evaluator takes them. */
export function toFeeds64(feeds: Readonly<Record<string, Tensor>>): Record<string, Array64> {
  return Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, toArray64(tensor)]));
}

/** A seed for each name. */
function seedOf(name: string): bigint {
  return Array.from(name).reduce(
    (seed, character) => seed * 65_536n + BigInt(character.codePointAt(0) ?? 0),
    0n,
  );
}

function drawInput({ dtype, shape, data, range = [-1, 1] }: CaseInput, random: () => number): Tensor {
  const [low, high] = range;
  const numbers = data ?? Array.from({ length: sizeOf(shape) }, () => low + (high - low) * random());
  if (numbers.length !== sizeOf(shape)) {
    throw new RangeError(`${numbers.length} elements for a shape [${shape}]`);
  }
  return { dtype, shape, data: arrays[dtype](numbers) } as Tensor;
}

const arrays: { readonly [D in CaseDtype & Dtype]: (numbers: readonly number[]) => ArrayOf[D] } = {
  float32: (numbers) => Float32Array.from(numbers),
  float64: (numbers) => Float64Array.from(numbers),
  int64: (numbers) => BigInt64Array.from(numbers, BigInt),
  bool: (numbers) => Uint8Array.from(numbers),
};
