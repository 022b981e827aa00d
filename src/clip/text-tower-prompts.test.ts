import { describe, expect, test } from "vitest";
import { checkCloseToLargest } from "../../test/support/check-close.ts";
import { encodeAllPlainly } from "../../test/support/plain-text-tower.ts";
import { runGraph } from "../../test/support/run-graph.ts";
import { seededTensor } from "../../test/support/seeded-tensor.ts";
import { SMALL_WIDTH, smallTextTower } from "../../test/support/small-text-tower.ts";
import { FLOAT32_CHAIN } from "../../test/support/tolerances.ts";
import { pullBack } from "../autodiff/gradient.ts";
import { ShapeError } from "../errors.ts";
import { GraphBuilder } from "../graph/builder.ts";
import type { Value } from "../graph/node.ts";
import { createNodeRuntime } from "../runtime/onnxruntime-node.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { createSuffixLayout, repeatLayout, type SuffixLayout, suffixFeeds } from "./suffix-layout.ts";
import { encodeText, type TextInput } from "./text-tower.ts";

const runtime = createNodeRuntime({ threads: 1 });

/** Prompts of a test: G prefixes of so many tokens, and N deep prompts for so many blocks. */
interface Case {
  readonly layout: SuffixLayout;
  readonly groups: number;
  readonly prefixLength: number;
  readonly deep: { readonly count: number; readonly depth: number };
  readonly layers: number;
}

type Inputs = Required<Omit<TextInput, "layout">>;

/** Features, and gradients of all inputs from the same upstream whatever the implementation. */
async function run(
  { layout, groups, prefixLength, deep }: Case,
  encode: (g: GraphBuilder, inputs: Inputs) => Value,
): Promise<Record<string, Tensor>> {
  const g = new GraphBuilder();
  const draw = seededTensor(2);
  const feeds: Record<string, Tensor> = {};
  const input = (name: string, shape: readonly number[]) => {
    feeds[name] = draw(shape, 1.5);
    return g.input(name, "float32", shape);
  };
  const inputs: Inputs = {
    prefix: input("prefix", [groups, prefixLength, SMALL_WIDTH]),
    suffix: input("suffix", [groups * layout.rows, SMALL_WIDTH]),
    deepPrompts: Array.from({ length: deep.depth }, (_, index) =>
      input(`deep ${index}`, [deep.count, SMALL_WIDTH]),
    ),
  };
  const features = encode(g, inputs);
  const gradient = input("upstream", features.shape);
  g.output("features", features);
  const sources = [inputs.prefix, inputs.suffix, ...inputs.deepPrompts];
  pullBack(g, [{ value: features, gradient }], sources).forEach((value, index) => {
    g.output(`d ${sources[index]?.name}`, value);
  });
  return runGraph(runtime, g, { ...feeds, ...suffixFeeds(repeatLayout(layout, groups)) });
}

/** One prefix after the other, and every prompt by itself. */
function encodeSeparately(g: GraphBuilder, testCase: Case, { prefix, suffix, deepPrompts }: Inputs): Value {
  const { layout, groups, prefixLength, layers } = testCase;
  const tower = smallTextTower({ seed: 6, layers });
  const each = Array.from({ length: groups }, (_, group) =>
    encodeAllPlainly(g, tower, {
      prefix: g.reshape(g.slice(prefix, 0, group, group + 1), [prefixLength, SMALL_WIDTH]),
      suffix: g.slice(suffix, 0, group * layout.rows, (group + 1) * layout.rows),
      layout,
      deepPrompts,
    }),
  );
  return g.concat(each, 0);
}

const ragged = createSuffixLayout([[0, 1, 2], [3], [4, 5]], 7);
const grid = createSuffixLayout([
  [0, 1],
  [2, 3],
  [4, 5],
]);
const none = { count: 1, depth: 0 };

test.each<[string, Case]>([
  ["one prefix", { layout: ragged, groups: 1, prefixLength: 3, deep: none, layers: 2 }],
  ["two prefixes", { layout: ragged, groups: 2, prefixLength: 3, deep: none, layers: 2 }],
  ["three prefixes, a grid", { layout: grid, groups: 3, prefixLength: 4, deep: none, layers: 3 }],
  ["three prefixes, one block", { layout: grid, groups: 3, prefixLength: 1, deep: none, layers: 1 }],
  ["deep prompts", { layout: ragged, groups: 1, prefixLength: 4, deep: { count: 2, depth: 1 }, layers: 2 }],
  [
    "deep prompts in place of all but start-of-text",
    { layout: grid, groups: 1, prefixLength: 3, deep: { count: 2, depth: 1 }, layers: 3 },
  ],
  [
    "deep prompts in every block",
    { layout: ragged, groups: 1, prefixLength: 4, deep: { count: 1, depth: 2 }, layers: 3 },
  ],
  [
    "deep prompts and two prefixes",
    { layout: ragged, groups: 2, prefixLength: 4, deep: { count: 2, depth: 2 }, layers: 3 },
  ],
])("%s: features and gradients are those of every prompt by itself", async (_, testCase) => {
  const { layout, groups, layers } = testCase;
  const tower = smallTextTower({ seed: 6, layers });
  const found = await run(testCase, (g, inputs) =>
    encodeText(g, tower, { ...inputs, layout: repeatLayout(layout, groups) }),
  );
  const expected = await run(testCase, (g, inputs) => encodeSeparately(g, testCase, inputs));
  expect(Object.keys(found)).toEqual(Object.keys(expected));
  for (const [name, tensor] of Object.entries(expected)) {
    checkCloseToLargest(found[name] as Tensor, tensor, FLOAT32_CHAIN, name);
  }
});

describe("deep prompts", () => {
  const encodeWith = (depth: number) => {
    const g = new GraphBuilder();
    const input = (name: string, rows: number) => g.input(name, "float32", [rows, SMALL_WIDTH]);
    return encodeText(g, smallTextTower({ seed: 1, layers: 3 }), {
      prefix: input("prefix", 3),
      suffix: input("suffix", grid.rows),
      layout: grid,
      deepPrompts: Array.from({ length: depth }, (_, index) => input(`deep ${index}`, 2)),
    });
  };

  test("for more blocks than there are behind the first are refused", () => {
    expect(encodeWith(2).shape).toEqual([3, 6]);
    expect(() => encodeWith(3)).toThrow(ShapeError);
    expect(() => encodeWith(3)).toThrow(
      "deep prompts of the text tower: expected at most 2 sets, one for each block behind the first, got 3. " +
        "Choose a smaller depth.",
    );
  });
});
