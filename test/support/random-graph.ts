import fc from "fast-check";
import type { GraphBuilder } from "../../src/graph/builder.ts";
import type { Value } from "../../src/graph/node.ts";
import { broadcastShapes, type Shape, sameShape, sizeOf } from "../../src/tensor/shape.ts";

/** One operator of a random graph: which, and numbers from which it chooses operands and attributes. */
export interface RandomStep {
  readonly op: number;
  readonly left: number;
  readonly right: number;
  readonly option: number;
}

/** A random graph: shapes of its inputs, and steps that each add a value. */
export interface RandomProgram {
  readonly shapes: readonly Shape[];
  readonly steps: readonly RandomStep[];
  /** Distinguishes the elements that are fed. */
  readonly seed: number;
}

const shapeArbitrary = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 });

/** Programs of one to three inputs and a few steps. */
export const randomProgram: fc.Arbitrary<RandomProgram> = fc.record({
  shapes: fc.array(shapeArbitrary, { minLength: 1, maxLength: 3 }),
  steps: fc.array(fc.record({ op: fc.nat(99), left: fc.nat(99), right: fc.nat(99), option: fc.nat(99) }), {
    minLength: 1,
    maxLength: 8,
  }),
  seed: fc.nat(),
});

/** Adds one operator over values that exist; `undefined` where it does not fit them. */
type Step = (g: GraphBuilder, a: Value, b: Value, option: number) => Value | undefined;

/** Smooth operators, so that central differences hold everywhere, of values that stay moderate. */
const stepTable: readonly Step[] = [
  (g, a, b) => broadcastOf(a, b) && g.add(a, b),
  (g, a, b) => broadcastOf(a, b) && g.sub(a, b),
  (g, a, b) => broadcastOf(a, b) && g.mul(a, b),
  (g, a, b) => broadcastOf(a, b) && g.div(a, aboveOne(g, b)),
  (g, a) => g.neg(a),
  (g, a) => g.exp(g.neg(g.mul(a, a))),
  (g, a) => g.log(aboveOne(g, a)),
  (g, a) => g.sqrt(aboveOne(g, a)),
  (g, a) => g.sigmoid(a),
  (g, a) => g.mul(a, g.sigmoid(a)),
  (g, a) => g.erf(a),
  (g, a) => (a.shape.length < 2 ? undefined : g.matMul(a, g.transpose(a))),
  (g, a, b) => {
    const fits = a.shape.length >= 2 && b.shape.length >= 2 && a.shape.at(-1) === b.shape.at(-1);
    const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
    return fits && batch ? g.matMul(a, g.transpose(b)) : undefined;
  },
  (g, a, b) =>
    a.shape.length === 2 && b.shape.length === 2 && a.shape[0] === b.shape[0]
      ? g.gemm(a, b, undefined, { transA: true, alpha: 0.5 })
      : undefined,
  (g, a, _b, option) => g.transpose(a, rotated(a.shape.length, option)),
  (g, a) => g.reshape(a, [sizeOf(a.shape)]),
  (g, a, _b, option) => g.expand(a, [(option % 2) + 1, ...a.shape]),
  (g, a, b, option) =>
    a.shape.length > 0 && sameShape(a.shape, b.shape)
      ? g.concat([a, b, a], option % a.shape.length)
      : undefined,
  (g, a, _b, option) => {
    const axis = option % Math.max(1, a.shape.length);
    const extent = a.shape[axis] ?? 1;
    return extent < 2 ? undefined : g.slice(a, axis, option % (extent - 1), extent);
  },
  (g, a, _b, option) => {
    if (a.shape.length === 0) return undefined;
    const rows = [option, 0, option].map((row) => BigInt(row % (a.shape[0] ?? 1)));
    return g.gather(a, g.literal("int64", [3], BigInt64Array.from(rows)));
  },
  (g, a, _b, option) => onAxis(a, option, (axis) => g.softmax(a, axis)),
  (g, a, _b, option) => onAxis(a, option, (axis) => g.logSoftmax(a, axis)),
  (g, a, _b, option) => onAxis(a, option, (axis) => g.reduceSum(a, [axis], option % 2 === 0)),
  (g, a, _b, option) => onAxis(a, option, (axis) => g.reduceMean(a, [axis], option % 2 === 0)),
  (g, a) => {
    const width = a.shape.at(-1);
    if (width === undefined) return undefined;
    const parameter = g.literal(
      "float32",
      [width],
      Float32Array.from({ length: width }, (_, i) => 1 - i / 4),
    );
    // A large epsilon: rows of equals are common here, and the slope at them is 1 / sqrt(epsilon).
    return g.layerNorm(a, parameter, parameter, 0.5);
  },
  (g, a, b) => {
    if (!broadcastOf(a, b)) return undefined;
    return g.where(g.literal("bool", [1], Uint8Array.of(a.shape.length % 2)), a, b);
  },
  (g, a) => g.cast(g.mul(g.cast(a, "float64"), g.scalar(0.7, "float64")), "float32"),
];

/**
 * Adds a program to a graph. Steps that fit no values are left out.
 *
 * @param inputs values of the program's shapes
 * @returns everything that was computed, inputs first
 */
export function buildRandomGraph(
  g: GraphBuilder,
  { steps }: RandomProgram,
  inputs: readonly Value[],
): readonly Value[] {
  const values = [...inputs];
  for (const { op, left, right, option } of steps) {
    const a = values[left % values.length] as Value;
    const b = values[right % values.length] as Value;
    const value = stepTable[op % stepTable.length]?.(g, a, b, option);
    if (value !== undefined && sizeOf(value.shape) <= 200) values.push(value);
  }
  return values;
}

function broadcastOf(a: Value, b: Value): Shape | undefined {
  return broadcastShapes(a.shape, b.shape);
}

/** `1 + a a`, for operators that need a positive number. */
function aboveOne(g: GraphBuilder, a: Value): Value {
  return g.add(g.mul(a, a), g.scalar(1));
}

function rotated(rank: number, by: number): number[] {
  return Array.from({ length: rank }, (_, axis) => (axis + by) % rank);
}

function onAxis(a: Value, option: number, build: (axis: number) => Value): Value | undefined {
  const rank = a.shape.length;
  return rank === 0 ? undefined : build((option % (2 * rank)) - rank);
}
