import { GraphBuilder } from "../../src/graph/builder.ts";
import { serializeGraph } from "../../src/graph/serialize.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { createRandom } from "../../src/tensor/random.ts";
import { createTensor, type Tensor } from "../../src/tensor/tensor.ts";
import { checkClose } from "../support/check-close.ts";
import { runGraph } from "../support/run-graph.ts";
import { FLOAT32_OPERATOR } from "../support/tolerances.ts";
import { type ContractCase, checkEqual } from "./contract-case.ts";

/** Enough elements that a constant stays outside the model's message. */
const LARGE = 10_000;

const zero = createTensor("float32", [1], Float32Array.of(0));

/** A graph that widens a stored tensor and adds `x`, float32 `[1]`. */
function widen(stored: Tensor): GraphBuilder {
  const g = new GraphBuilder();
  g.output("y", g.add(g.cast(g.constant(stored), "float32"), g.input("x", "float32", [1])));
  return g;
}

/** Adds rows of ones to two rows of zeros, turn by turn. */
function countRows(updates: number, width: number): GraphBuilder {
  const g = new GraphBuilder();
  const rows = BigInt64Array.from({ length: updates }, (_, i) => BigInt(i % 2));
  const sum = g.scatterAdd(
    g.expand(g.scalar(0), [3, width]),
    g.literal("int64", [updates], rows),
    g.expand(g.input("one", "float32", [1]), [updates, width]),
  );
  g.output("sum", sum);
  return g;
}

/** Draws matrices with elements in [-0.5, 0.5). */
function drawMatrices(seed: number): (rows: number, columns: number) => Tensor<"float32"> {
  const { random } = createRandom(seed);
  return (rows, columns) => {
    const data = Float32Array.from({ length: rows * columns }, () => random() - 0.5);
    return createTensor("float32", [rows, columns], data);
  };
}

/** Widens bit patterns of 1, -2.5 and the smallest number above 0. */
async function checkWidening(
  runtime: Runtime,
  dtype: "float16" | "bfloat16",
  { patterns, smallest }: { patterns: readonly number[]; smallest: number },
): Promise<void> {
  for (const length of [3, LARGE]) {
    const data = Uint16Array.from({ length }, (_, i) => patterns[i % 3] ?? 0);
    const { y } = await runGraph(runtime, widen({ dtype, shape: [length], data }), { x: zero });
    checkEqual(Array.from(y?.data ?? [], Number).slice(0, 3), [1, -2.5, smallest], dtype);
  }
}

/** What runtimes do with constants, and that they do the same each time. */
export const runtimeConstantCases: readonly ContractCase<Runtime>[] = [
  {
    name: "takes large constants as buffers, and keeps no hold of them",
    async run(runtime) {
      const data = Float32Array.from({ length: LARGE }, (_, i) => i);
      const session = await runtime.load(serializeGraph(widen(createTensor("float32", [LARGE], data))));
      data.fill(-1);
      const { y } = await session.run({ x: zero });
      checkEqual(
        y?.data,
        Float32Array.from({ length: LARGE }, (_, i) => i),
        "y",
      );
      await session.release();
    },
  },
  {
    name: "widens float16 constants, small and large",
    run: (runtime) =>
      checkWidening(runtime, "float16", { patterns: [0x3c00, 0xc100, 0x0001], smallest: 2 ** -24 }),
  },
  {
    name: "widens bfloat16 constants, small and large",
    run: (runtime) =>
      checkWidening(runtime, "bfloat16", { patterns: [0x3f80, 0xc020, 0x0001], smallest: 2 ** -133 }),
  },
  {
    name: "gives the same with and without a second copy of the weights",
    async run(runtime) {
      const draw = drawMatrices(1);
      const g = new GraphBuilder();
      g.output("y", g.gemm(g.input("x", "float32", [8, 64]), g.constant(draw(64, 96))));
      const model = serializeGraph(g);
      const x = draw(8, 64);
      const results: Tensor[] = [];
      for (const prepack of [true, false]) {
        const session = await runtime.load(model, { prepack });
        const { y } = await session.run({ x });
        if (y !== undefined) results.push(y);
        await session.release();
      }
      checkClose(results[1] as Tensor, results[0] as Tensor, FLOAT32_OPERATOR, "y without prepacking");
    },
  },
  {
    name: "adds rows to the same row often, without losing any",
    async run(runtime) {
      for (const [updates, width] of [
        [100_000, 4],
        [20_000, 64],
      ] as const) {
        const session = await runtime.load(serializeGraph(countRows(updates, width)));
        const one = createTensor("float32", [1], Float32Array.of(1));
        const counted = Float32Array.from({ length: 3 * width }, (_, i) => (i < 2 * width ? updates / 2 : 0));
        for (let run = 0; run < 3; run++) {
          const { sum } = await session.run({ one });
          checkEqual(sum?.data, counted, `run ${run} of ${updates} updates`);
        }
        await session.release();
      }
    },
  },
  {
    name: "gives the same bits for the same inputs",
    async run(runtime) {
      const g = new GraphBuilder();
      const x = g.input("x", "float32", [64, 64]);
      const product = g.softmax(g.matMul(x, g.transpose(x)));
      const rows = g.literal(
        "int64",
        [128],
        BigInt64Array.from({ length: 128 }, (_, i) => BigInt(i % 7)),
      );
      g.output("y", g.scatterAdd(product, rows, g.concat([product, product], 0)));
      const session = await runtime.load(serializeGraph(g));
      const feeds = { x: drawMatrices(2)(64, 64) };
      const first = await session.run(feeds);
      for (let run = 0; run < 5; run++) checkEqual(await session.run(feeds), first, `run ${run}`);
      await session.release();
    },
  },
];
