import { describe, expect, test } from "vitest";
import { checkClose } from "../../test/support/check-close.ts";
import { toArray64 } from "../../test/support/reference/array64.ts";
import { evaluate } from "../../test/support/reference-evaluator.ts";
import { runGraph } from "../../test/support/run-graph.ts";
import { FLOAT32_OPERATOR } from "../../test/support/tolerances.ts";
import { gradients } from "../autodiff/gradient.ts";
import { GraphBuilder } from "../graph/builder.ts";
import type { Value } from "../graph/node.ts";
import { createNodeRuntime } from "../runtime/onnxruntime-node.ts";
import { createTensor, type Tensor } from "../tensor/tensor.ts";
import { linear, normalizeRows, weightOf } from "./layers.ts";
import type { LinearWeights } from "./weights.ts";

const runtime = createNodeRuntime({ threads: 1 });
const matrix = (shape: readonly number[], ...data: number[]) =>
  createTensor("float32", shape, Float32Array.from(data));

describe("weightOf", () => {
  test("widens narrow weights to what they stand for", async () => {
    const g = new GraphBuilder();
    // 1, -2 and the smallest float16; 1, -2 and 3.140625 as bfloat16.
    const half = createTensor("float16", [3], Uint16Array.of(0x3c00, 0xc000, 0x0001));
    const brain = createTensor("bfloat16", [3], Uint16Array.of(0x3f80, 0xc000, 0x4049));
    g.output("half", weightOf(g, half));
    g.output("brain", weightOf(g, brain));
    const { half: widened, brain: other } = await runGraph(runtime, g);
    expect(widened?.data).toEqual(Float32Array.of(1, -2, 2 ** -24));
    expect(other?.data).toEqual(Float32Array.of(1, -2, 3.140625));
  });

  test("takes float32 as it is, and each weight once", () => {
    const g = new GraphBuilder();
    const stored = matrix([1], 1);
    expect(weightOf(g, stored).producer).toBeUndefined();
    expect(weightOf(g, stored)).toBe(weightOf(g, stored));
  });
});

describe("linear", () => {
  const x = matrix([2, 3], 1, 2, 3, -1, 0, 1);
  const inOut: LinearWeights = { weight: matrix([3, 2], 1, 4, 2, 5, 3, 6), layout: "in-out" };
  const outIn: LinearWeights = { weight: matrix([2, 3], 1, 2, 3, 4, 5, 6), layout: "out-in" };
  const bias = matrix([2], 10, -10);
  const run = async (weights: LinearWeights, options?: { factor?: number; scaleBias?: boolean }) => {
    const g = new GraphBuilder();
    const input = g.input("x", "float32", x.shape);
    g.output("y", linear(g, input, weights, options));
    return [...((await runGraph(runtime, g, { x })).y as Tensor<"float32">).data];
  };

  test.each([
    ["in-out", inOut],
    ["out-in", outIn],
  ])("multiplies by weights that lie %s", async (_, weights) => {
    expect(await run(weights)).toEqual([14, 32, 2, 2]);
    expect(await run({ ...weights, bias })).toEqual([24, 22, 12, -8]);
    expect(await run({ ...weights, bias }, { factor: 2 })).toEqual([38, 54, 14, -6]);
    expect(await run({ ...weights, bias }, { factor: 2, scaleBias: true })).toEqual([48, 44, 24, -16]);
  });

  test("refuses weights of another width", () => {
    const g = new GraphBuilder();
    const input = g.input("x", "float32", [2, 4]);
    expect(() => linear(g, input, outIn)).toThrow("Gemm");
  });
});

describe("normalizeRows", () => {
  /** Normalised rows, and the gradient of the sum of their first elements. */
  const build = (rows: number) => {
    const g = new GraphBuilder();
    const x = g.input("x", "float32", [rows, 2]);
    const y = normalizeRows(g, x);
    const [dx] = gradients(g, g.reduceSum(g.slice(y, 1, 0, 1)), [x]);
    g.output("y", y);
    g.output("dx", dx as Value);
    return { g, y, dx: dx as Value };
  };

  test("gives rows length 1, with the gradient (1 - y y') / |x|", async () => {
    const { g } = build(2);
    const found = await runGraph(runtime, g, { x: matrix([2, 2], 3, 4, 0, -2) });
    checkClose(found.y as Tensor, { shape: [2, 2], data: [0.6, 0.8, 0, -1] }, FLOAT32_OPERATOR);
    const slopes = [(1 - 0.36) / 5, (0 - 0.48) / 5, 0.5, 0];
    checkClose(found.dx as Tensor, { shape: [2, 2], data: slopes }, FLOAT32_OPERATOR);
  });

  test("leaves a row of zeros, whose gradient is large and finite: that of x / 1e-12", async () => {
    const { g, y, dx } = build(2);
    const x = matrix([2, 2], 0, 0, 3, 4);
    const found = await runGraph(runtime, g, { x });
    expect([...(found.y as Tensor<"float32">).data.subarray(0, 2)]).toEqual([0, 0]);
    const [slope, across] = (found.dx as Tensor<"float32">).data;
    expect(slope).toBeGreaterThan(0.999e12);
    expect(slope).toBeLessThan(1.001e12);
    expect(across).toBe(0);
    const [exact, exactSlope] = evaluate([y, dx], { x: toArray64(x) });
    expect([...(exact?.data.subarray(0, 2) ?? [])]).toEqual([0, 0]);
    expect(exactSlope?.data[0]).toBeCloseTo(1e12, -7);
  });

  test("does not overflow or vanish within the lengths that features have", async () => {
    const { g } = build(3);
    const x = matrix([3, 2], 3e-6, 4e-6, 3e6, 4e6, 3e15, 4e15);
    const found = await runGraph(runtime, g, { x });
    checkClose(found.y as Tensor, { shape: [3, 2], data: [0.6, 0.8, 0.6, 0.8, 0.6, 0.8] }, FLOAT32_OPERATOR);
  });
});
