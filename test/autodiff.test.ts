import { describe, expect, test } from "vitest";
import { gradientRules } from "../src/autodiff/rules.ts";
import { inferenceRules } from "../src/graph/infer.ts";
import type { OpType } from "../src/graph/node.ts";
import { collectNeeded } from "../src/graph/prune.ts";
import { serializeGraph } from "../src/graph/serialize.ts";
import { createNodeRuntime } from "../src/runtime/onnxruntime-node.ts";
import { centralDifferences } from "./support/central-differences.ts";
import { checkClose } from "./support/check-close.ts";
import { buildCase, type OperatorCase, toFeeds64 } from "./support/operator-case.ts";
import { operatorCases, withoutGradient } from "./support/operator-cases.ts";
import { type Array64, toArray64 } from "./support/reference/array64.ts";
import { evaluate, referenceOperators } from "./support/reference-evaluator.ts";
import { CENTRAL_DIFFERENCES, FLOAT32_OPERATOR } from "./support/tolerances.ts";

const runtime = createNodeRuntime();
const everyCase = (Object.entries(operatorCases) as [OpType, readonly OperatorCase[]][]).flatMap(
  ([op, cases]) => cases.map((operatorCase) => ({ op, name: operatorCase.name, operatorCase })),
);
const differentiable = everyCase.filter(({ op }) => withoutGradient[op] === undefined);

test("operators with a rule, an inference rule, a reference and cases are the same", () => {
  const rules = Object.keys(gradientRules).sort();
  expect(Object.keys(operatorCases).sort()).toEqual(rules);
  expect(Object.keys(referenceOperators).sort()).toEqual(rules);
  expect(Object.keys(inferenceRules).sort()).toEqual(rules);
});

test("every operator has cases, names are unique, and each case uses its operator", () => {
  for (const [op, cases] of Object.entries(operatorCases)) expect(cases, op).not.toHaveLength(0);
  expect(new Set(everyCase.map(({ name }) => name)).size).toBe(everyCase.length);
  for (const { op, name, operatorCase } of everyCase) {
    const { g } = buildCase(operatorCase, { gradients: false });
    const ops = collectNeeded(g).nodes.map((node) => node.op);
    expect(ops, name).toContain(op);
  }
});

describe("gradients in float64 are central differences", () => {
  test.each(differentiable)("$name", ({ operatorCase }) => {
    const built = buildCase(operatorCase);
    const feeds = toFeeds64(built.feeds);
    if (operatorCase.atKink !== undefined) feeds.dy = onesLike(feeds.dy as Array64);
    const found = evaluate(built.gradients, feeds);
    built.sources.forEach((source, index) => {
      const { shape } = source;
      const kink = operatorCase.atKink?.[index];
      const expected =
        kink === undefined
          ? centralDifferences(built.y, source, feeds)
          : { shape, data: Float64Array.from(kink) };
      checkClose(found[index] as Array64, expected, CENTRAL_DIFFERENCES, `d ${source.name}`);
    });
  });
});

describe("the engine's values and gradients are those of the reference", () => {
  test.each(everyCase)("$name", async ({ op, operatorCase }) => {
    const { g, feeds } = buildCase(operatorCase, { gradients: withoutGradient[op] === undefined });
    const session = await runtime.load(serializeGraph(g));
    const results = await session.run(feeds);
    await session.release();
    const names = [...g.outputs.keys()];
    const expected = evaluate([...g.outputs.values()], toFeeds64(feeds));
    expect(Object.keys(results)).toEqual(names);
    names.forEach((name, index) => {
      const result = results[name];
      expect(result?.dtype).toBe(g.outputs.get(name)?.dtype);
      const actual = toArray64(result as NonNullable<typeof result>);
      const tolerance = operatorCase.tolerance ?? FLOAT32_OPERATOR;
      checkClose(actual, expected[index] as Array64, tolerance, name);
    });
  });
});

test.each(Object.keys(withoutGradient) as OpType[])("%s refuses to be differentiated", (op) => {
  for (const operatorCase of operatorCases[op]) {
    expect(() => buildCase(operatorCase)).toThrow(
      `${op}: expected an operator with a gradient rule, got the gradient of a convolution's or ` +
        "pooling's gradient. Build it from convolutions that have one.",
    );
  }
});

function onesLike({ shape, data }: Array64): Array64 {
  return { shape, data: data.map(() => 1) };
}
