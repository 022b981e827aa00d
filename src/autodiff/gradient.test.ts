import { expect, test } from "vitest";
import type { Array64 } from "../../test/support/reference/array64.ts";
import { evaluate } from "../../test/support/reference-evaluator.ts";
import { GraphBuilder } from "../graph/builder.ts";
import type { Value } from "../graph/node.ts";
import { collectNeeded } from "../graph/prune.ts";
import { gradients, pullBack } from "./gradient.ts";

const vector = (...numbers: number[]): Array64 => ({
  shape: [numbers.length],
  data: Float64Array.from(numbers),
});

function evaluateOne(value: Value | undefined, feeds: Record<string, Array64> = {}): number[] {
  return Array.from(evaluate([value as Value], feeds)[0]?.data ?? []);
}

/** Operators that a value needs. */
function opsOf(...values: readonly (Value | undefined)[]): string[] {
  const outputs = new Map(values.map((value, index) => [String(index), value as Value]));
  return collectNeeded({ outputs }).nodes.map((node) => node.op);
}

test("a loss is a scalar", () => {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", [2, 3]);
  expect(() => gradients(g, x, [x])).toThrow(
    "gradients: expected a scalar loss, got float32 [2, 3]. Reduce it first.",
  );
});

test("a seed has its value's shape and dtype", () => {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", [2]);
  const y = g.neg(x);
  expect(() => pullBack(g, [{ value: y, gradient: g.scalar(1) }], [x])).toThrow(
    "pullBack: expected a gradient float32 [2], got float32 [].",
  );
  const wide = g.input("wide", "float64", [2]);
  expect(() => pullBack(g, [{ value: y, gradient: wide }], [x])).toThrow(
    "pullBack: expected a gradient float32 [2], got float64 [2].",
  );
});

test("integers and stored narrow weights have no gradient to ask for", () => {
  const g = new GraphBuilder();
  const labels = g.input("labels", "int64", [2]);
  const narrow = g.literal("float16", [2], Uint16Array.of(0, 0));
  const loss = g.reduceSum(g.mul(g.cast(labels, "float32"), g.cast(narrow, "float32")));
  expect(() => gradients(g, loss, [labels])).toThrow("gradient: expected float32 or float64, got int64 [2].");
  expect(() => gradients(g, loss, [narrow])).toThrow(
    "gradient: expected float32 or float64, got float16 [2].",
  );
});

test("a value that the loss does not depend on gets zeros", () => {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", [2]);
  const other = g.input("other", "float64", [1, 2]);
  const [dx] = gradients(g, g.reduceSum(g.exp(x)), [other]);
  expect(dx).toMatchObject({ dtype: "float64", shape: [1, 2] });
  expect(evaluateOne(dx)).toEqual([0, 0]);
});

test("all uses of a value add up", () => {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", [1]);
  const y = g.add(g.mul(x, x), g.mul(x, g.scalar(5)));
  const [dx] = gradients(g, g.reduceSum(g.add(y, x)), [x]);
  expect(evaluateOne(dx, { x: vector(3) })).toEqual([2 * 3 + 5 + 1]);
});

test("constants have gradients: a weight that is trained", () => {
  const g = new GraphBuilder();
  const weight = g.literal("float32", [2], Float32Array.of(2, 3));
  const x = g.input("x", "float32", [2]);
  const [dw] = gradients(g, g.reduceSum(g.mul(g.mul(x, weight), weight)), [weight]);
  expect(evaluateOne(dw, { x: vector(1, 10) })).toEqual([4, 60]);
});

test("values in between have gradients, beside those of the inputs behind them", () => {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", [1]);
  const middle = g.mul(x, g.scalar(3));
  const loss = g.reduceSum(g.mul(middle, middle));
  const [dMiddle, dx, dLoss] = gradients(g, loss, [middle, x, loss]);
  expect(evaluateOne(dMiddle, { x: vector(2) })).toEqual([12]);
  expect(evaluateOne(dx, { x: vector(2) })).toEqual([36]);
  expect(evaluateOne(dLoss)).toEqual([1]);
});

test("the sigmoid inside x sigmoid(x) has its own gradient when that is asked for", () => {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", [2]);
  const gate = g.sigmoid(x);
  const loss = g.reduceSum(g.mul(x, gate));
  const [dGate] = gradients(g, loss, [gate]);
  expect(evaluateOne(dGate, { x: vector(2, -1) })).toEqual([2, -1]);
  const [dGateOfBoth, dx] = gradients(g, loss, [gate, x]);
  expect(evaluateOne(dGateOfBoth, { x: vector(2, -1) })).toEqual([2, -1]);
  const slope = (a: number) => {
    const s = 1 / (1 + Math.exp(-a));
    return s + a * s * (1 - s);
  };
  const [first, second] = evaluateOne(dx, { x: vector(2, -1) });
  expect(first).toBeCloseTo(slope(2), 14);
  expect(second).toBeCloseTo(slope(-1), 14);
});

test("seeds of several values add up", () => {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", [1]);
  const first = g.mul(x, g.scalar(2));
  const second = g.mul(first, x);
  const [dx] = pullBack(
    g,
    [
      { value: first, gradient: g.expand(g.scalar(10), [1]) },
      { value: second, gradient: g.expand(g.scalar(1), [1]) },
      { value: second, gradient: g.expand(g.scalar(1), [1]) },
    ],
    [x],
  );
  expect(evaluateOne(dx, { x: vector(3) })).toEqual([10 * 2 + 2 * (2 * 2 * 3)]);
});

test("nothing is computed for inputs that nobody asked for", () => {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", [4, 3]);
  const weight = g.input("weight", "float32", [3, 2]);
  const bias = g.input("bias", "float32", [2]);
  const loss = g.reduceSum(g.gemm(x, weight, bias));
  expect(opsOf(...gradients(g, loss, [x])).filter((op) => op === "Gemm")).toHaveLength(1);
  expect(opsOf(...gradients(g, loss, [bias]))).not.toContain("Gemm");
});

test("the gradient of a value stops there, whatever computed it", () => {
  const g = new GraphBuilder();
  const windows = {
    strides: [1, 1],
    pads: [0, 0, 0, 0],
    dilations: [1, 1],
    group: 1,
    output_padding: [0, 0],
  };
  const inputs = [g.input("x", "float32", [1, 1, 2, 2]), g.input("w", "float32", [1, 1, 2, 2])];
  const [image] = g.node("ConvTranspose", inputs, windows);
  const [dImage] = gradients(g, g.reduceSum(image as Value), [image as Value]);
  expect(evaluateOne(dImage)).toEqual(Array(9).fill(1));
});

test("gradients carry the scope of what they differentiate", () => {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", [2]);
  const loss = g.scope("text", () => g.scope("block 3", () => g.reduceSum(g.exp(x))));
  const scopes = collectNeeded({ outputs: new Map([["dx", gradients(g, loss, [x])[0] as Value]]) }).nodes.map(
    (node) => node.scope,
  );
  expect(scopes).toContain("gradient > text > block 3");
});

test("a loss on the statistics of a layer norm is refused instead of forgotten", () => {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", [2, 3]);
  const scale = g.input("scale", "float32", [3]);
  const [, mean] = g.scope("final", () =>
    g.node("LayerNormalization", [x, scale, scale], { axis: -1, epsilon: 1e-5 }),
  );
  expect(() => gradients(g, g.reduceSum(mean as Value), [x])).toThrow(
    "final > LayerNormalization: expected a loss that reads the first output, got one that reads another.",
  );
});

test("grouped convolutions have no gradient, and say so", () => {
  const g = new GraphBuilder();
  const inputs = [g.input("x", "float32", [1, 2, 3, 3]), g.input("w", "float32", [2, 1, 2, 2])];
  const attributes = { strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], group: 2 };
  const y = g.scope("stem", () => g.node("Conv", inputs, attributes)[0] as Value);
  expect(() => gradients(g, g.reduceSum(y), inputs)).toThrow(
    "stem > Conv: expected an operator with a gradient rule, got the gradient of a grouped convolution.",
  );
});
