import { describe, expect, test } from "vitest";
import { runGraph } from "../../test/support/run-graph.ts";
import { ShapeError } from "../errors.ts";
import { createNodeRuntime } from "../runtime/onnxruntime-node.ts";
import { createTensor } from "../tensor/tensor.ts";
import { GraphBuilder } from "./builder.ts";

const runtime = createNodeRuntime({ threads: 1 });

test("errors show the path of scopes that led to them, and it ends with its scope", () => {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", [2, 3]);
  const wrong = () => g.matMul(x, x);
  expect(() => g.scope("text", () => g.scope("block 3", wrong))).toThrow(
    /^text > block 3 > MatMul: expected/,
  );
  expect(wrong).toThrow(/^MatMul: expected/);
});

test("nodes carry the scope they were built in", () => {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", [2]);
  const y = g.scope("text", () => g.scope("mlp", () => g.exp(x)));
  expect(y.producer?.scope).toBe("text > mlp");
  expect(g.exp(x).producer?.scope).toBe("");
});

describe("names of inputs and outputs", () => {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", [2]);
  g.output("y", x);

  test.each([
    ["an empty input", () => g.input("", "float32", [1]), 'input "": expected a name, got an empty one.'],
    ["an empty output", () => g.output("", x), 'output "": expected a name, got an empty one.'],
    [
      "one input twice",
      () => g.input("x", "float32", [1]),
      'input "x": expected a name that is not taken, got it twice.',
    ],
    [
      "one output twice",
      () => g.output("y", x),
      'output "y": expected a name that is not taken, got it twice.',
    ],
    [
      "an output like an input",
      () => g.output("x", x),
      'output "x": expected a name that is not taken, got it twice.',
    ],
    [
      "an input like an output",
      () => g.input("y", "float32", [1]),
      'input "y": expected a name that is not taken, got it twice.',
    ],
    [
      "an output like a computed value",
      () => g.output("Add_3", x),
      'output "Add_3": expected a name unlike those of computed values, got Add_3.',
    ],
    [
      "an input like a constant",
      () => g.input("constant_0", "float32", [1]),
      'input "constant_0": expected a name unlike those of computed values, got constant_0.',
    ],
  ])("%s is refused", (_name, build, message) => {
    expect(build).toThrow(message);
  });
});

test("inputs and outputs have dtypes and extents that engines exchange", () => {
  const g = new GraphBuilder();
  const narrow = g.literal("bfloat16", [1], Uint16Array.of(0));
  expect(() => g.input("x", "float16", [2])).toThrow(
    'input "x": expected a dtype that can be fed, got float16. Feed float32, or store a constant and cast it.',
  );
  expect(() => g.output("y", narrow)).toThrow(
    'output "y": expected a dtype that can be read back, got bfloat16 [1]. Cast it to float32.',
  );
  expect(() => g.input("x", "float32", [2, 0])).toThrow(
    'input "x": expected positive whole extents, got [2, 0].',
  );
  expect(() => g.input("x", "float32", [1.5])).toThrow(
    'input "x": expected positive whole extents, got [1.5].',
  );
});

test("one tensor is one constant, one number is one scalar", () => {
  const g = new GraphBuilder();
  const tensor = createTensor("float32", [2], Float32Array.of(1, 2));
  expect(g.constant(tensor)).toBe(g.constant(tensor));
  expect(g.scalar(0.5)).toBe(g.scalar(0.5));
  expect(g.scalar(0.5)).not.toBe(g.scalar(0.25));
  expect(g.scalar(0.5, "float64")).toMatchObject({ dtype: "float64", shape: [] });
});

describe("a parameter", () => {
  const weight = createTensor("float32", [3, 2], Float32Array.of(1, -2, 3, 0.5, 0.25, -1));

  test("is the input that its tensor gives from then on", () => {
    const g = new GraphBuilder();
    const value = g.parameter("weight", weight);
    expect(value).toMatchObject({ name: "weight", dtype: "float32", shape: [3, 2] });
    expect(value.constant).toBeUndefined();
    expect(g.inputs).toEqual([value]);
    expect(g.constant(weight)).toBe(value);
    const another = g.constant(createTensor("float32", [3, 2], weight.data));
    expect(another).not.toBe(value);
    expect(another.constant).toBeDefined();
  });

  test("is refused where its tensor is a constant already, and adds no input", () => {
    const g = new GraphBuilder();
    g.constant(weight);
    const declare = () => g.scope("text", () => g.parameter("weight", weight));
    expect(declare).toThrow(ShapeError);
    expect(declare).toThrow(
      'text > parameter "weight": expected a tensor that the graph does not hold yet, got one that it holds as a constant, ' +
        "or under another name. Declare parameters before they are used.",
    );
    expect(g.inputs).toEqual([]);
  });

  test("is refused twice, also under another name", () => {
    const g = new GraphBuilder();
    g.parameter("weight", weight);
    expect(() => g.parameter("same", weight)).toThrow('parameter "same": expected a tensor that');
    expect(g.inputs).toHaveLength(1);
  });

  test("that cannot be fed leaves its tensor a constant", () => {
    const g = new GraphBuilder();
    const narrow = createTensor("float16", [1], Uint16Array.of(0x3c00));
    g.input("taken", "float32", [1]);
    expect(() => g.parameter("narrow", narrow)).toThrow(
      'input "narrow": expected a dtype that can be fed, got float16. Feed float32, or store a constant and cast it.',
    );
    expect(() => g.parameter("taken", weight)).toThrow(
      'input "taken": expected a name that is not taken, got it twice.',
    );
    expect(g.constant(narrow).constant).toBe(narrow);
    expect(g.constant(weight).constant).toBe(weight);
  });

  test("gives what the constant gives, and follows what is fed", async () => {
    const x = createTensor("float32", [2, 3], Float32Array.of(1, 2, 3, -4, 5, 0.5));
    const build = (isTrained: boolean) => {
      const g = new GraphBuilder();
      if (isTrained) g.parameter("weight", weight);
      const shift = g.scalar(0.5);
      const y = g.matMul(g.input("x", "float32", [2, 3]), g.constant(weight));
      g.output("y", g.add(g.mul(y, g.matMul(g.constant(x), g.constant(weight))), shift));
      return g;
    };
    const frozen = await runGraph(runtime, build(false), { x });
    const trained = await runGraph(runtime, build(true), { x, weight });
    expect(trained.y).toEqual(frozen.y);
    // (x 2W) (x 2W) + 1/2: four times as much of what is above the shift.
    const fed = createTensor(
      "float32",
      [3, 2],
      weight.data.map((number) => 2 * number),
    );
    const moved = await runGraph(runtime, build(true), { x, weight: fed });
    expect([...(moved.y?.data ?? [])]).toEqual(
      [...(frozen.y?.data ?? [])].map((y) => 4 * (Number(y) - 0.5) + 0.5),
    );
  });
});

describe("what changes nothing adds no node", () => {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", [2, 3, 4]);

  test("transposing back", () => {
    expect(g.transpose(g.transpose(x, [2, 0, 1]), [1, 2, 0])).toBe(x);
    expect(g.transpose(g.transpose(x))).toBe(x);
    expect(g.transpose(g.transpose(x, [2, 0, 1]), [2, 0, 1])).not.toBe(x);
  });

  test("a cast to the same dtype", () => {
    expect(g.cast(x, "float32")).toBe(x);
  });

  test("joining one value", () => {
    expect(g.concat([x], 0)).toBe(x);
  });

  test("reducing no axes", () => {
    expect(g.reduceSum(x, [])).toBe(x);
    const scalar = g.scalar(1);
    expect(g.reduceMax(scalar)).toBe(scalar);
  });
});

test("a product takes a transposed input as it lies", () => {
  const g = new GraphBuilder();
  const a = g.input("a", "float32", [2, 3, 4]);
  const b = g.input("b", "float32", [5, 4]);
  const node = g.matMul(a, g.transpose(b)).producer;
  expect(node?.inputs).toEqual([a, b]);
  expect(node?.attributes).toEqual({ transA: 0, transB: 1 });
  const moved = g.transpose(a, [1, 0, 2]);
  expect(g.matMul(moved, g.transpose(b)).producer?.inputs[0]).toBe(moved);
});
