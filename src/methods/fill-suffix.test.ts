import fc from "fast-check";
import { expect, test } from "vitest";
import { type PlainSources, plainRows } from "../../test/support/plain-prompts.ts";
import { runGraph } from "../../test/support/run-graph.ts";
import { seededTensor } from "../../test/support/seeded-tensor.ts";
import { smallLamm } from "../../test/support/small-lamm.ts";
import { SMALL_WIDTH } from "../../test/support/small-text-tower.ts";
import type { SuffixLayout } from "../clip/suffix-layout.ts";
import { LammError } from "../errors.ts";
import { GraphBuilder } from "../graph/builder.ts";
import type { Value } from "../graph/node.ts";
import { createNodeRuntime } from "../runtime/onnxruntime-node.ts";
import { createTensor, type Tensor, zeros } from "../tensor/tensor.ts";
import { copyRows } from "../training/class-rows.ts";
import type { TrainedParameter } from "./method.ts";
import { planPrompts } from "./plan-prompts.ts";
import { frozenSlots, learnedSlots, type PromptFilling, type Slot } from "./prompt-filling.ts";

const runtime = createNodeRuntime({ threads: 1 });
const { embeddings } = smallLamm();

/** Prompts that mix frozen tokens, rows that all classes read, and rows of their own, and what these rows are. */
interface Mixture {
  readonly filling: PromptFilling;
  readonly parameters: readonly TrainedParameter[];
  /** Two versions of the values by name. */
  readonly versions: readonly PlainSources[];
}

type Piece = "frozen" | "shared" | "own";

/** @param classes what alternates in each class, in order; rows are dealt as the pieces come */
function mix(classes: readonly (readonly { piece: Piece; count: number }[])[], readShared: number): Mixture {
  let own = 0;
  const rowsOfClass: number[][] = [];
  const suffix = classes.map((pieces, c) => {
    const rows: number[] = [];
    let shared = 0;
    const slots = pieces.flatMap(({ piece, count }): Slot[] => {
      if (piece === "frozen")
        return frozenSlots(Array.from({ length: count }, (_, i) => (3 * c + 5 * i) % 29));
      if (piece === "own") {
        rows.push(...Array.from({ length: count }, (_, i) => own + i));
        own += count;
        return learnedSlots("own", { start: own - count, count });
      }
      const next = Math.min(count, readShared - shared);
      shared += next;
      // Behind a row that nobody reads.
      return learnedSlots("shared", { start: 1 + shared - next, count: next });
    });
    rowsOfClass.push(rows);
    const left = learnedSlots("shared", { start: 1 + shared, count: readShared - shared });
    return [...slots, ...left, ...frozenSlots([31])];
  });
  const draw = seededTensor(own + readShared);
  const versions = [1, 2].map(() => ({
    shared: draw([readShared + 2, SMALL_WIDTH], 1),
    own: draw([Math.max(1, own), SMALL_WIDTH], 1),
  }));
  const [first] = versions;
  return {
    // A prefix of its own for each picture, as where the context depends on it.
    filling: { prefix: learnedSlots("context", { count: 2 }), suffix },
    parameters: [
      { name: "shared", initial: first?.shared ?? zeros([0]), fileShape: [] },
      { name: "own", initial: first?.own ?? zeros([0]), fileShape: [], rowsOfClass },
    ],
    versions,
  };
}

const piece = fc.record({
  piece: fc.constantFrom<Piece>("frozen", "shared", "own"),
  count: fc.integer({ min: 1, max: 3 }),
});
const pieces = fc.array(piece, { minLength: 1, maxLength: 4 });
const classes = fc.oneof(
  fc.array(pieces, { minLength: 1, maxLength: 5 }),
  // All alike: a grid.
  fc
    .tuple(pieces, fc.integer({ min: 1, max: 4 }))
    .map(([list, count]) => Array<typeof list>(count).fill(list)),
);

/** Suffix rows of every chunk as the graph has them, class by class and token by token as the layout finds them. */
async function buildChunks({ filling, parameters, versions }: Mixture, maxRows: number, groups: number) {
  const plan = planPrompts({ embeddings, parameters }, filling, maxRows);
  const g = new GraphBuilder();
  const rowsOf = (name: string) => plan.parameterRows[name];
  const inputs: Record<string, Value>[] = versions.map((version, index) =>
    Object.fromEntries(
      Object.entries(version).map(([name, { shape }]) => [
        name,
        g.input(`${name} ${index}`, "float32", [rowsOf(name) ?? shape[0] ?? 0, SMALL_WIDTH]),
      ]),
    ),
  );
  const context = g.input("context", "float32", [groups, 2, SMALL_WIDTH]);
  const built = plan.build(
    g,
    inputs.map((values) => ({ ...values, context })),
  );
  g.output("suffix", built.suffix);
  const chunks = [];
  for (const chunk of plan.chunks) {
    const own = parameters[1]?.rowsOfClass ?? [];
    const values = versions.flatMap((version, index) =>
      Object.entries(version).map(([name, tensor]) => {
        const rows = rowsOf(name);
        if (rows === undefined) return [`${name} ${index}`, tensor] as const;
        const taken = zeros([rows, SMALL_WIDTH]);
        const from = chunk.classes.flatMap((c) => [...(own[c] ?? [])]);
        copyRows(tensor.data, taken.data, { width: SMALL_WIDTH, from });
        return [`${name} ${index}`, taken] as const;
      }),
    );
    const feeds = { ...plan.feeds(chunk, groups * versions.length), ...Object.fromEntries(values) };
    const { suffix } = await runGraph(runtime, g, feeds);
    chunks.push({ chunk, suffix: suffix as Tensor<"float32">, size: chunk.size });
  }
  return { chunks, layout: built.layout, plan };
}

/** Packed rows of one copy of a chunk's classes, which the layout that is fed names. */
function rowsOfLayout(data: Float32Array, layout: SuffixLayout, feeds: Record<string, Tensor>, cell: number) {
  const fed = feeds["layout.cellRow"]?.data[cell];
  const row = layout.isGrid ? cell : Number(fed);
  return [...data.subarray(row * SMALL_WIDTH, (row + 1) * SMALL_WIDTH)];
}

test("suffix rows are each token with its position, learned rows in their place, for each version and picture", async () => {
  await fc.assert(
    fc.asyncProperty(
      classes,
      fc.nat(3),
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 1, max: 3 }),
      async (list, readShared, maxRows, groups) => {
        const mixture = mix(list, readShared);
        const { chunks, layout, plan } = await buildChunks(mixture, maxRows, groups);
        for (const { chunk, suffix, size } of chunks) {
          const feeds = plan.feeds(chunk, groups * 2);
          expect(suffix.shape).toEqual([groups * 2 * plan.rows, SMALL_WIDTH]);
          for (let copy = 0; copy < groups * 2; copy++) {
            const sources = mixture.versions[copy % 2] as PlainSources;
            chunk.classes.forEach((c, place) => {
              const slots = mixture.filling.suffix[c] ?? [];
              const expected = plainRows(slots, 2, { sources, embeddings });
              const first = (copy * size + place) * layout.positions;
              const found = slots.map((_, t) => rowsOfLayout(suffix.data, layout, feeds, first + t));
              expect(found).toEqual(expected);
            });
          }
        }
      },
    ),
    { numRuns: 40 },
  );
});

test("rows that all classes read have to be the same ones", () => {
  const suffix = [learnedSlots("shared", { count: 1 }), learnedSlots("shared", { start: 1, count: 1 })];
  const initial = createTensor("float32", [2, SMALL_WIDTH], new Float32Array(2 * SMALL_WIDTH));
  const parameters = [{ name: "shared", initial, fileShape: [] }];
  const plan = () => planPrompts({ embeddings, parameters }, { prefix: frozenSlots([30]), suffix }, 10);
  expect(plan).toThrow(LammError);
  expect(plan).toThrow(
    'source "shared" of prompts: expected the same rows in every class, or `rowsOfClass`, got different ones.',
  );
});
