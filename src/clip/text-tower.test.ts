import fc from "fast-check";
import { expect, test } from "vitest";
import { checkCloseToLargest } from "../../test/support/check-close.ts";
import { encodeAllPlainly } from "../../test/support/plain-text-tower.ts";
import { runGraph } from "../../test/support/run-graph.ts";
import { seededTensor } from "../../test/support/seeded-tensor.ts";
import { SMALL_JOINT_WIDTH, SMALL_WIDTH, smallTextTower } from "../../test/support/small-text-tower.ts";
import { FLOAT32_CHAIN } from "../../test/support/tolerances.ts";
import { pullBack } from "../autodiff/gradient.ts";
import { GraphBuilder } from "../graph/builder.ts";
import type { Value } from "../graph/node.ts";
import { createNodeRuntime } from "../runtime/onnxruntime-node.ts";
import { createTensor, type Tensor } from "../tensor/tensor.ts";
import { createSuffixLayout, type SuffixLayout, suffixFeeds } from "./suffix-layout.ts";
import { encodeText, type TextTower } from "./text-tower.ts";

const runtime = createNodeRuntime({ threads: 1 });

interface Case {
  readonly tower: TextTower;
  readonly layout: SuffixLayout;
  readonly prefixLength: number;
  readonly seed: number;
}

/** Features and gradients for prefix and suffix, from an upstream that is the same for both implementations. */
async function run(
  { layout, prefixLength, seed }: Case,
  encode: (g: GraphBuilder, prefix: Value, suffix: Value) => Value,
): Promise<Record<string, Tensor>> {
  const g = new GraphBuilder();
  const prefix = g.input("prefix", "float32", [prefixLength, SMALL_WIDTH]);
  const suffix = g.input("suffix", "float32", [layout.rows, SMALL_WIDTH]);
  const features = encode(g, prefix, suffix);
  const upstream = g.input("upstream", "float32", features.shape);
  g.output("features", features);
  pullBack(g, [{ value: features, gradient: upstream }], [prefix, suffix]).forEach((gradient, index) => {
    g.output(index === 0 ? "d prefix" : "d suffix", gradient);
  });
  const draw = seededTensor(seed);
  return runGraph(runtime, g, {
    ...suffixFeeds(layout),
    prefix: draw(prefix.shape, 1.5),
    suffix: draw(suffix.shape, 1.5),
    upstream: draw(features.shape, 1),
  });
}

async function checkAgainstPlain(testCase: Case): Promise<void> {
  const { tower, layout } = testCase;
  const found = await run(testCase, (g, prefix, suffix) => encodeText(g, tower, { prefix, suffix, layout }));
  const plain = await run(testCase, (g, prefix, suffix) =>
    encodeAllPlainly(g, tower, { prefix, suffix, layout }),
  );
  expect(found.features?.shape).toEqual([layout.lengths.length, SMALL_JOINT_WIDTH]);
  for (const name of ["features", "d prefix", "d suffix"]) {
    checkCloseToLargest(found[name] as Tensor, plain[name] as Tensor, FLOAT32_CHAIN, name);
  }
}

/** Rows one class after the other, with these numbers of tokens. */
function packed(lengths: readonly number[], spare = 0): SuffixLayout {
  let next = 0;
  const rowOf = lengths.map((length) => Array.from({ length }, () => next++));
  return createSuffixLayout(rowOf, next + spare);
}

const layouts: [name: string, layout: SuffixLayout][] = [
  ["ragged suffixes", packed([3, 1, 4])],
  ["a grid", packed([3, 3])],
  ["rows out of order and of nobody", createSuffixLayout([[5, 0, 2], [4, 1], [6]], 8)],
  ["one class of one token", packed([1])],
];
const variants = layouts.flatMap(([name, layout]) =>
  [1, 5].flatMap((prefixLength) => [1, 2].map((heads) => ({ name, layout, prefixLength, heads }))),
);

test.each(variants)(
  "$name behind a prefix of $prefixLength, $heads heads: equals 77 positions computed plainly",
  async ({ layout, prefixLength, heads }) => {
    const tower = smallTextTower({ seed: 10 * prefixLength + heads, heads });
    await checkAgainstPlain({ tower, layout, prefixLength, seed: heads });
  },
);

test.each([
  ["gelu", 1],
  ["gelu", 2],
  ["quick_gelu", 1],
  ["quick_gelu", 3],
] as const)("with %s in %i blocks as well", async (activation, layers) => {
  const tower = smallTextTower({ seed: 7, activation, layers, heads: 4 });
  await checkAgainstPlain({ tower, layout: packed([2, 4]), prefixLength: 3, seed: 1 });
});

test("and with any numbers of tokens", async () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(
      lengths,
      fc.integer({ min: 1, max: 6 }),
      fc.nat(3),
      fc.nat(1000),
      async (list, prefixLength, spare, seed) => {
        await checkAgainstPlain({
          tower: smallTextTower({ seed }),
          layout: packed(list, spare),
          prefixLength,
          seed,
        });
      },
    ),
    { numRuns: 12 },
  );
});

test("a class alone is encoded as among others", async () => {
  const tower = smallTextTower({ seed: 3 });
  const draw = seededTensor(5);
  const prefix = draw([2, SMALL_WIDTH], 1);
  const suffix = draw([6, SMALL_WIDTH], 1);
  const encode = async (layout: SuffixLayout, data: Tensor<"float32">) => {
    const g = new GraphBuilder();
    const input = { prefix: g.constant(prefix), suffix: g.input("suffix", "float32", data.shape), layout };
    g.output("features", encodeText(g, tower, input));
    return (await runGraph(runtime, g, { suffix: data, ...suffixFeeds(layout) })).features as Tensor;
  };
  const all = await encode(packed([1, 3, 2]), suffix);
  const middle = suffix.data.slice(SMALL_WIDTH, 4 * SMALL_WIDTH);
  const alone = await encode(packed([3]), createTensor("float32", [3, SMALL_WIDTH], middle));
  const expected = {
    shape: [1, SMALL_JOINT_WIDTH],
    data: all.data.slice(SMALL_JOINT_WIDTH, 2 * SMALL_JOINT_WIDTH),
  };
  checkCloseToLargest(alone, expected, FLOAT32_CHAIN);
});

test("an input that does not fit the weights is refused where it is built", () => {
  const g = new GraphBuilder();
  const prefix = g.input("prefix", "float32", [2, SMALL_WIDTH + 1]);
  const suffix = g.input("suffix", "float32", [3, SMALL_WIDTH]);
  const tower = smallTextTower({ seed: 1 });
  expect(() => encodeText(g, tower, { prefix, suffix, layout: packed([3]) })).toThrow(
    "text block 0 > prefix > LayerNormalization",
  );
});
