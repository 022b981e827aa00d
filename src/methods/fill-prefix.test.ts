import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { plainRows } from "../../test/support/plain-prompts.ts";
import { runGraph } from "../../test/support/run-graph.ts";
import { seededTensor } from "../../test/support/seeded-tensor.ts";
import { smallLamm } from "../../test/support/small-lamm.ts";
import { SMALL_WIDTH } from "../../test/support/small-text-tower.ts";
import { GraphBuilder } from "../graph/builder.ts";
import { createNodeRuntime } from "../runtime/onnxruntime-node.ts";
import { createTensor, type Tensor } from "../tensor/tensor.ts";
import { buildPrefix } from "./fill-prefix.ts";
import { frozenSlots, learnedSlots, type Slot } from "./prompt-filling.ts";

const runtime = createNodeRuntime({ threads: 1 });
const { embeddings } = smallLamm();
const ROWS = 4;
const draw = seededTensor(1);
const shared = draw([ROWS, SMALL_WIDTH], 1);
const ofPictures = draw([3, ROWS, SMALL_WIDTH], 1);

/** Runs of frozen tokens and of rows of two sources, in any order. */
const piece = fc.oneof(
  fc.array(fc.nat(20), { minLength: 1, maxLength: 3 }).map(frozenSlots),
  fc
    .record({
      source: fc.constantFrom("shared", "pictures"),
      start: fc.nat(2),
      count: fc.integer({ min: 1, max: 2 }),
    })
    .map(({ source, ...range }) => learnedSlots(source, range)),
);
/** A run's rows follow each other: of neighbours with one source the first alone is kept. */
const filling = fc.array(piece, { minLength: 1, maxLength: 5 }).map((pieces) =>
  pieces
    .filter((slots, index) => {
      const source = (list: readonly Slot[] = []) =>
        list[0] && "source" in list[0] ? list[0].source : undefined;
      return index === 0 || source(slots) === undefined || source(slots) !== source(pieces[index - 1]);
    })
    .flat(),
);

describe("a prefix", () => {
  test("is each token with its position, learned rows in their place, for each picture where it depends on it", async () => {
    await fc.assert(
      fc.asyncProperty(filling, async (slots) => {
        const g = new GraphBuilder();
        const sources = {
          shared: g.input("shared", "float32", shared.shape),
          pictures: g.input("pictures", "float32", ofPictures.shape),
        };
        const prefix = buildPrefix(g, slots, sources, embeddings);
        g.output("prefix", prefix);
        const { prefix: found } = await runGraph(runtime, g, { shared, pictures: ofPictures });
        const groups = slots.some((slot) => "source" in slot && slot.source === "pictures") ? [0, 1, 2] : [0];
        const rows = groups.flatMap((group) => {
          const data = ofPictures.data.subarray(group * ROWS * SMALL_WIDTH, (group + 1) * ROWS * SMALL_WIDTH);
          const pictures = createTensor("float32", [ROWS, SMALL_WIDTH], data);
          return plainRows(slots, 0, { sources: { shared, pictures }, embeddings });
        });
        const axes = groups.length === 1 ? [] : [groups.length];
        expect(found?.shape).toEqual([...axes, slots.length, SMALL_WIDTH]);
        expect([...((found as Tensor<"float32">).data ?? [])]).toEqual(rows.flat());
      }),
      { numRuns: 30 },
    );
  });

  test("of frozen tokens alone is a constant, which nothing has to feed", () => {
    const g = new GraphBuilder();
    const prefix = buildPrefix(g, frozenSlots([30, 1, 2]), {}, embeddings);
    expect(prefix.shape).toEqual([3, SMALL_WIDTH]);
    expect(g.inputs).toEqual([]);
  });
});
