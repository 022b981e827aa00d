import fc from "fast-check";
import { test } from "vitest";
import { gradients, pullBack } from "../src/autodiff/gradient.ts";
import { GraphBuilder } from "../src/graph/builder.ts";
import type { Value } from "../src/graph/node.ts";
import { serializeGraph } from "../src/graph/serialize.ts";
import { createNodeRuntime } from "../src/runtime/onnxruntime-node.ts";
import { createRandom } from "../src/tensor/random.ts";
import { sizeOf } from "../src/tensor/shape.ts";
import { createTensor, type Tensor } from "../src/tensor/tensor.ts";
import { centralDifferences } from "./support/central-differences.ts";
import { checkCloseToLargest } from "./support/check-close.ts";
import { toFeeds64 } from "./support/operator-case.ts";
import { buildRandomGraph, type RandomProgram, randomProgram } from "./support/random-graph.ts";
import { type Array64, toArray64 } from "./support/reference/array64.ts";
import { evaluate } from "./support/reference-evaluator.ts";
import { CENTRAL_DIFFERENCES_OF_CHAINS, FLOAT32_CHAIN, SAME_ARITHMETIC } from "./support/tolerances.ts";

const runtime = createNodeRuntime();

/** A loss over everything that a program computes, with its gradients. */
function buildLoss(program: RandomProgram) {
  const g = new GraphBuilder();
  const inputs = program.shapes.map((shape, index) => g.input(`x${index}`, "float32", shape));
  const values = buildRandomGraph(g, program, inputs);
  const loss = values.map((value) => g.reduceMean(g.sigmoid(value))).reduce((a, b) => g.add(a, b));
  g.output("loss", loss);
  const found = gradients(g, loss, inputs);
  found.forEach((gradient, index) => {
    g.output(`d x${index}`, gradient);
  });
  return { g, inputs, values, loss, found };
}

function drawFeeds({ shapes, seed }: RandomProgram): Record<string, Tensor> {
  const { random } = createRandom(seed);
  const draw = (length: number) => Float32Array.from({ length }, () => 2 * random() - 1);
  return Object.fromEntries(
    shapes.map((shape, index) => [`x${index}`, createTensor("float32", shape, draw(sizeOf(shape)))]),
  );
}

test("gradients of random graphs are central differences", () => {
  fc.assert(
    fc.property(randomProgram, (program) => {
      const { inputs, loss, found } = buildLoss(program);
      const feeds = toFeeds64(drawFeeds(program));
      const results = evaluate(found, feeds);
      inputs.forEach((input, index) => {
        const expected = centralDifferences(loss, input, feeds);
        const actual = results[index] as Array64;
        checkCloseToLargest(actual, expected, CENTRAL_DIFFERENCES_OF_CHAINS, `d ${input.name}`);
      });
    }),
    { numRuns: 150 },
  );
});

test("what the engine makes of a random graph is what the reference makes of it", async () => {
  await fc.assert(
    fc.asyncProperty(randomProgram, async (program) => {
      const { g, values } = buildLoss(program);
      values.forEach((value, index) => {
        g.output(`value ${index}`, value);
      });
      const feeds = drawFeeds(program);
      const session = await runtime.load(serializeGraph(g));
      const results = await session.run(feeds);
      await session.release();
      const expected = evaluate([...g.outputs.values()], toFeeds64(feeds));
      [...g.outputs.keys()].forEach((name, index) => {
        const actual = toArray64(results[name] as Tensor);
        checkCloseToLargest(actual, expected[index] as Array64, FLOAT32_CHAIN, name);
      });
    }),
    { numRuns: 100 },
  );
});

test("a gradient pulled back in two pieces is the gradient", () => {
  fc.assert(
    fc.property(randomProgram, (program) => {
      const { g, inputs, values } = buildLoss(program);
      const cut = values.at(-1) as Value;
      const loss = g.reduceSum(g.sigmoid(cut));
      const [upstream] = gradients(g, loss, [cut]);
      const pieces = pullBack(g, [{ value: cut, gradient: upstream as Value }], inputs);
      const feeds = toFeeds64(drawFeeds(program));
      const found = evaluate(pieces, feeds);
      const expected = evaluate(gradients(g, loss, inputs), feeds);
      expected.forEach((whole, index) => {
        checkCloseToLargest(found[index] as Array64, whole, SAME_ARITHMETIC);
      });
    }),
    { numRuns: 50 },
  );
});
