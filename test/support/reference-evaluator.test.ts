import { expect, test } from "vitest";
import { GraphBuilder } from "../../src/graph/builder.ts";
import type { Array64 } from "./reference/array64.ts";
import { erf } from "./reference/elementwise.ts";
import { evaluate } from "./reference-evaluator.ts";

test("the error function has its tabulated values", () => {
  // Abramowitz and Stegun, table 7.1, and erfc(5) = 1.5374597944e-12.
  expect(erf(0)).toBe(0);
  expect(erf(0.5)).toBeCloseTo(0.5204998778, 10);
  expect(erf(1)).toBeCloseTo(0.8427007929, 10);
  expect(erf(-2)).toBeCloseTo(-0.995322265, 10);
  expect(1 - erf(5)).toBeCloseTo(1.5374597944e-12, 14);
  expect(erf(40)).toBe(1);
});

test("a graph is computed as it would be by hand", () => {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", [2, 2]);
  const weight = g.literal("float32", [2, 2], Float32Array.of(0, 1, 1, 0));
  const swapped = g.matMul(x, weight);
  const feeds = { x: { shape: [2, 2], data: Float64Array.of(1, 2, 3, 5) } };
  const [product, largest] = evaluate([swapped, g.reduceMax(swapped, [0])], feeds) as [Array64, Array64];
  expect(product).toEqual({ shape: [2, 2], data: Float64Array.of(2, 1, 5, 3) });
  expect(largest).toEqual({ shape: [2], data: Float64Array.of(5, 3) });
});

test("inputs must be fed, and constants must be in memory", () => {
  const g = new GraphBuilder();
  expect(() => evaluate([g.input("x", "float32", [1])], {})).toThrow('input "x" is not fed');
  const stored = g.constant({ dtype: "float32", shape: [1], file: "/w.bin", byteOffset: 0 });
  expect(() => evaluate([stored], {})).toThrow('constant "constant_0" is not in memory');
});
