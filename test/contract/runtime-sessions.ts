import { GraphBuilder } from "../../src/graph/builder.ts";
import { serializeGraph } from "../../src/graph/serialize.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { createTensor, type Tensor } from "../../src/tensor/tensor.ts";
import { runGraph } from "../support/run-graph.ts";
import { type ContractCase, checkEqual, checkFailure } from "./contract-case.ts";

const vector = (...numbers: number[]) =>
  createTensor("float32", [numbers.length], Float32Array.from(numbers));

/** A graph that adds 1 to `x`, float32 `[2]`. */
function addOne(): GraphBuilder {
  const g = new GraphBuilder();
  g.output("y", g.add(g.input("x", "float32", [2]), g.scalar(1)));
  return g;
}

/** A graph that takes a while: a matrix multiplied by itself over and over. */
function slowGraph(): GraphBuilder {
  const g = new GraphBuilder();
  let x = g.input("x", "float32", [200, 200]);
  for (let i = 0; i < 8; i++) x = g.matMul(x, x);
  g.output("y", x);
  return g;
}

function slowFeeds(element: number): Record<string, Tensor> {
  return { x: createTensor("float32", [200, 200], new Float32Array(200 * 200).fill(element)) };
}

const tensorsOfEveryDtype: readonly Tensor[] = [
  createTensor("float32", [2], Float32Array.of(-1.5, 3)),
  createTensor("float64", [2], Float64Array.of(0.1, 1e300)),
  createTensor("int64", [2], BigInt64Array.of(-1n, 2n ** 40n)),
  createTensor("int32", [2], Int32Array.of(-7, 7)),
  createTensor("uint8", [2], Uint8Array.of(0, 255)),
  createTensor("int8", [2], Int8Array.of(-128, 127)),
  createTensor("bool", [2], Uint8Array.of(0, 1)),
];

async function checkRefusals(runtime: Runtime): Promise<void> {
  const session = await runtime.load(serializeGraph(addOne()));
  const refuse = (feeds: Record<string, Tensor>, got: string) =>
    checkFailure(() => session.run(feeds), {
      code: "ERR_ENGINE",
      message: `input "x": expected float32 [2], got ${got}.`,
    });
  await refuse({}, "nothing");
  await refuse({ X: vector(1, 2) }, "nothing");
  await refuse({ x: vector(1, 2, 3) }, "float32 [3]");
  await refuse({ x: createTensor("float32", [1, 2], Float32Array.of(1, 2)) }, "float32 [1, 2]");
  await refuse({ x: createTensor("float64", [2], Float64Array.of(1, 2)) }, "float64 [2]");
  checkEqual(await session.run({ x: vector(1, 2) }), { y: vector(2, 3) }, "a run after refusals");
  await session.release();
}

/** What sessions of every runtime do. */
export const runtimeSessionCases: readonly ContractCase<Runtime>[] = [
  {
    name: "says what it is and where it runs",
    async run({ name, device }) {
      if (!/^onnxruntime-(node|web) \d+\.\d+\.\d+ \w+$/.test(name)) throw new Error(`name "${name}"`);
      if (!name.endsWith(` ${device}`)) throw new Error(`name "${name}" of the device ${device}`);
    },
  },
  {
    name: "runs a graph, again and again",
    async run(runtime) {
      const session = await runtime.load(serializeGraph(addOne()));
      checkEqual(await session.run({ x: vector(1, 2) }), { y: vector(2, 3) }, "first run");
      checkEqual(await session.run({ x: vector(-1, 0.5) }), { y: vector(0, 1.5) }, "second run");
      await session.release();
    },
  },
  {
    name: "takes and returns every dtype that a graph can exchange",
    async run(runtime) {
      for (const tensor of tensorsOfEveryDtype) {
        const g = new GraphBuilder();
        g.output("y", g.input("x", tensor.dtype, tensor.shape));
        const { y } = await runGraph(runtime, g, { x: tensor });
        checkEqual(y, tensor, tensor.dtype);
        checkEqual(y?.data.constructor.name, tensor.data.constructor.name, `array of ${tensor.dtype}`);
      }
    },
  },
  {
    name: "takes a view into a larger array",
    async run(runtime) {
      const data = Float32Array.of(9, 9, 1, 2, 9).subarray(2, 4);
      const { y } = await runGraph(runtime, addOne(), { x: createTensor("float32", [2], data) });
      checkEqual(y, vector(2, 3), "y");
    },
  },
  {
    name: "returns scalars, inputs, constants and one value twice, under the names that were given",
    async run(runtime) {
      const g = new GraphBuilder();
      const x = g.input("x", "float32", [2]);
      const sum = g.reduceSum(x);
      g.output("sum", sum);
      g.output("again", sum);
      g.output("same", x);
      g.output("constant", g.scalar(3));
      const scalar = (number: number) => createTensor("float32", [], Float32Array.of(number));
      const expected = { sum: scalar(3), again: scalar(3), same: vector(1, 2), constant: scalar(3) };
      checkEqual(await runGraph(runtime, g, { x: vector(1, 2) }), expected, "outputs");
    },
  },
  {
    name: "ignores inputs that no output needs",
    async run(runtime) {
      const g = addOne();
      g.exp(g.input("unused", "float32", [3]));
      const { y } = await runGraph(runtime, g, { x: vector(1, 2), unused: vector(1, 2, 3) });
      checkEqual(y, vector(2, 3), "y");
    },
  },
  { name: "refuses inputs that are missing or of another type, and goes on", run: checkRefusals },
  {
    name: "refuses bytes that are no model",
    run: (runtime) =>
      checkFailure(
        () =>
          runtime.load({ bytes: Uint8Array.of(1, 2, 3, 4), buffers: [], inputNames: [], outputNames: [] }),
        { code: "ERR_ENGINE", message: /^onnxruntime-\w+ [\d.]+: expected to load a graph, got / },
      ),
  },
  {
    name: "reports a run that fails, and goes on",
    async run(runtime) {
      const g = new GraphBuilder();
      g.output("y", g.gather(g.input("x", "float32", [2]), g.input("rows", "int64", [1])));
      const session = await runtime.load(serializeGraph(g));
      const row = (index: bigint) => createTensor("int64", [1], BigInt64Array.of(index));
      await checkFailure(() => session.run({ x: vector(1, 2), rows: row(5n) }), {
        code: "ERR_ENGINE",
        message: /^onnxruntime-\w+ [\d.]+: expected to run a graph, got .*indices/,
      });
      checkEqual(await session.run({ x: vector(1, 2), rows: row(1n) }), { y: vector(2) }, "next run");
      await session.release();
    },
  },
  {
    name: "refuses to run what was released; releasing twice is no error",
    async run(runtime) {
      const session = await runtime.load(serializeGraph(addOne()));
      await session.release();
      await session.release();
      await checkFailure(() => session.run({ x: vector(1, 2) }), {
        code: "ERR_ENGINE",
        message:
          /^onnxruntime-\w+ [\d.]+: expected a session that is loaded, got one that was released. Load the graph again.$/,
      });
    },
  },
  {
    name: "finishes runs under way before it releases",
    async run(runtime) {
      const session = await runtime.load(serializeGraph(slowGraph()));
      const runs = [session.run(slowFeeds(0)), session.run(slowFeeds(1 / 200))];
      await session.release();
      const [zero, share] = await Promise.all(runs);
      checkEqual(zero?.y?.data[0], 0, "first run");
      checkEqual(Math.round(200 * Number(share?.y?.data[0])), 1, "second run");
    },
  },
  {
    name: "runs sessions side by side",
    async run(runtime) {
      const [slow, quick] = await Promise.all(
        [slowGraph(), addOne()].map((g) => runtime.load(serializeGraph(g))),
      );
      const results = await Promise.all([
        slow?.run(slowFeeds(0)),
        quick?.run({ x: vector(1, 2) }),
        slow?.run(slowFeeds(0)),
        quick?.run({ x: vector(3, 4) }),
      ]);
      checkEqual(results[1], { y: vector(2, 3) }, "first quick run");
      checkEqual(results[3], { y: vector(4, 5) }, "second quick run");
      await Promise.all([slow?.release(), quick?.release()]);
    },
  },
];
