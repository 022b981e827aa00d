import onnxProto from "onnx-proto";
import { describe, expect, test } from "vitest";
import "../../test/support/to-be-valid-model.ts";
import { decodeModel } from "../../test/support/decode-model.ts";
import { runGraph } from "../../test/support/run-graph.ts";
import { gradients } from "../autodiff/gradient.ts";
import { createNodeRuntime } from "../runtime/onnxruntime-node.ts";
import { createTensor } from "../tensor/tensor.ts";
import { GraphBuilder } from "./builder.ts";
import type { Value } from "./node.ts";
import { OPSET, onnxDataType, serializeGraph } from "./serialize.ts";

const runtime = createNodeRuntime();

const vector = (...numbers: number[]) =>
  createTensor("float32", [numbers.length], Float32Array.from(numbers));

describe("only what outputs need is written", () => {
  test("dead nodes, constants and inputs are left out", async () => {
    const g = new GraphBuilder();
    const x = g.input("x", "float32", [3]);
    const unused = g.input("unused", "float32", [3]);
    g.output("y", g.exp(x));
    g.softmax(g.add(unused, g.literal("float32", [3], new Float32Array(3))));
    g.mul(g.exp(x), g.scalar(2));
    const model = serializeGraph(g);
    const decoded = decodeModel(model);
    expect(decoded.node.map((node) => node.opType)).toEqual(["Exp", "Identity"]);
    expect(decoded.initializer).toEqual([]);
    expect(decoded.input.map(({ name }) => name)).toEqual(["x"]);
    expect(model.inputNames).toEqual(["x"]);
    await expect(model).toBeValidModel();
  });

  test("a gradient leaves out the forward nodes and weight gradients that nobody reads", () => {
    const g = new GraphBuilder();
    const x = g.input("x", "float32", [2, 3]);
    const weight = g.input("w", "float32", [3, 4]);
    const loss = g.reduceSum(g.gemm(x, weight));
    g.output("dx", gradients(g, loss, [x])[0] as Value);
    const { node } = decodeModel(serializeGraph(g));
    expect(node.map(({ opType }) => opType)).toEqual(["Reshape", "Expand", "Gemm", "Identity"]);
  });

  test("a node that two outputs need is written once", () => {
    const g = new GraphBuilder();
    const shared = g.exp(g.input("x", "float32", [3]));
    g.output("a", g.neg(shared));
    g.output("b", g.mul(shared, shared));
    const ops = decodeModel(serializeGraph(g)).node.map((node) => node.opType);
    expect(ops.filter((op) => op === "Exp")).toHaveLength(1);
  });

  test("inputs keep their order", () => {
    const g = new GraphBuilder();
    const [a, b, c] = ["a", "b", "c"].map((name) => g.input(name, "float32", [1])) as [Value, Value, Value];
    g.output("y", g.add(g.mul(c, b), a));
    expect(serializeGraph(g).inputNames).toEqual(["a", "b", "c"]);
  });

  test("a value used twice at every level, where paths double with each", () => {
    const g = new GraphBuilder();
    let x = g.input("x", "float32", [1]);
    for (let level = 0; level < 100; level++) x = g.add(x, x);
    g.output("y", x);
    expect(decodeModel(serializeGraph(g)).node).toHaveLength(101);
  });

  test("a graph deeper than the call stack", async () => {
    const g = new GraphBuilder();
    let x = g.input("x", "float32", [1]);
    for (let i = 0; i < 20_000; i++) x = g.neg(x);
    g.output("y", x);
    expect(decodeModel(serializeGraph(g)).node).toHaveLength(20_001);
  });
});

describe("outputs", () => {
  test("may be inputs, constants, and one value under two names", async () => {
    const g = new GraphBuilder();
    const x = g.input("x", "float32", [2]);
    const y = g.neg(x);
    g.output("input", x);
    g.output("constant", g.scalar(3));
    g.output("first", y);
    g.output("second", y);
    const results = await runGraph(runtime, g, { x: vector(1, 2) });
    expect(Object.keys(results)).toEqual(["input", "constant", "first", "second"]);
    expect(results.input).toEqual(vector(1, 2));
    expect(results.constant).toEqual(createTensor("float32", [], Float32Array.of(3)));
    expect(results.first).toEqual(vector(-1, -2));
    expect(results.second).toEqual(vector(-1, -2));
  });

  test("need no input at all", async () => {
    const g = new GraphBuilder();
    g.output("y", g.exp(g.scalar(0)));
    expect(await runGraph(runtime, g)).toEqual({ y: createTensor("float32", [], Float32Array.of(1)) });
  });
});

test("the model states its operator set, and nodes carry their scopes", () => {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", [2]);
  g.output(
    "y",
    g.scope("text", () => g.scope("block 3", () => g.exp(x))),
  );
  const decoded = decodeModel(serializeGraph(g));
  expect(decoded).toMatchObject({ irVersion: 10, producerName: "lamm" });
  expect(decoded.opsetImport).toContainEqual({ domain: "", version: OPSET });
  expect(decoded.node[0]?.name).toMatch(/^text > block 3 > Exp_/);
});

test("every dtype has its ONNX number", () => {
  const { DataType } = onnxProto.onnx.TensorProto;
  expect(onnxDataType).toEqual({
    float32: DataType.FLOAT,
    float64: DataType.DOUBLE,
    float16: DataType.FLOAT16,
    bfloat16: DataType.BFLOAT16,
    int64: DataType.INT64,
    int32: DataType.INT32,
    uint8: DataType.UINT8,
    int8: DataType.INT8,
    bool: DataType.BOOL,
  });
});
