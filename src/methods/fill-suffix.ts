import type { PromptEmbeddings } from "../clip/prompt-embeddings.ts";
import type { GraphBuilder } from "../graph/builder.ts";
import type { Value } from "../graph/node.ts";
import { createTensor, type Tensor } from "../tensor/tensor.ts";
import { addInto, positionRows, takeRows } from "./fill-prefix.ts";
import type { Values } from "./method.ts";
import { type PromptFilling, rowsOfRun, type SlotRun, slotRuns, sourceOf } from "./prompt-filling.ts";

/** Something that the suffix of a chunk is made of, and its rows there, fillers included. */
export type SuffixSource =
  | { readonly kind: "class" | "frozen"; readonly name: string; readonly rows: number }
  | {
      readonly kind: "shared";
      readonly name: string;
      readonly rows: number;
      /** Rows of the source that each class reads. */
      readonly read: readonly number[];
    };

/** What the suffixes of all chunks have in common. */
export interface SuffixShape {
  /** Classes of a chunk, fillers included. */
  readonly size: number;
  readonly embeddings: PromptEmbeddings;
  /** Tokens before the suffix. */
  readonly start: number;
  readonly suffix: PromptFilling["suffix"];
  /** Whether learned and frozen tokens alternate alike in all classes: then the rows are a grid, class by class. */
  readonly isUniform: boolean;
  /** In the order of their rows where these are no grid. */
  readonly sources: readonly SuffixSource[];
}

/** Input under which the frozen rows are fed, with their positions. */
const FROZEN_ROWS = "frozen_rows";
/** Input under which the positions of a source's rows are fed where classes differ in them. */
const positionsOf = (source: string) => `positions.${source}`;

/**
 * The suffix rows of a chunk, once for each variant of the prompts, and all of that once for each of G pictures.
 *
 * @returns float32 `[G * variants * rows, W]`
 */
export function buildSuffix(
  g: GraphBuilder,
  shape: SuffixShape,
  variants: readonly Values[],
  groups: number,
): Value {
  const { width } = shape.embeddings;
  const frozenRows = shape.sources.find(({ kind }) => kind === "frozen")?.rows ?? 0;
  const frozen = g.input(FROZEN_ROWS, "float32", [frozenRows, width]);
  const context: SuffixGraph = { g, shape, frozen, positions: new Map() };
  const build = shape.isUniform ? buildGrid : buildPacked;
  const all = g.concat(
    variants.map((sources) => build(context, sources)),
    0,
  );
  if (groups === 1) return all;
  const [rows = 0] = all.shape;
  return g.reshape(g.expand(g.reshape(all, [1, rows, width]), [groups, rows, width]), [groups * rows, width]);
}

interface SuffixGraph {
  readonly g: GraphBuilder;
  readonly shape: SuffixShape;
  readonly frozen: Value;
  /** Inputs that are declared so far, by source. */
  readonly positions: Map<string, Value>;
}

/** Class by class: pieces `[size, count, W]`, one for each run of tokens, side by side. */
function buildGrid({ g, shape, frozen }: SuffixGraph, sources: Values): Value {
  const { size, embeddings, start, suffix } = shape;
  const { width } = embeddings;
  const perClass = (rows: Value) => g.reshape(rows, [size, (rows.shape[0] ?? 0) / size, width]);
  /** Rows of each source that earlier runs took. */
  const taken = new Map<string, number>();
  const takeNext = (name: string, rows: Value, count: number) => {
    const first = taken.get(name) ?? 0;
    taken.set(name, first + count);
    return takeRows(
      g,
      perClass(rows),
      Array.from({ length: count }, (_, index) => first + index),
    );
  };
  const piece = (run: SlotRun) => {
    const { source, slots } = run;
    const count = slots.length;
    if (source === undefined) return takeNext("frozen", frozen, count);
    const data = positionRows(embeddings, { start: start + run.start, count });
    const positions = g.literal("float32", [count, width], data);
    const value = sources[source] as Value;
    const isShared = shape.sources.some(({ kind, name }) => kind === "shared" && name === source);
    if (!isShared) return g.add(takeNext(source, value, count), positions);
    const rows = g.add(takeRows(g, value, rowsOfRun(run)), positions);
    return g.expand(g.reshape(rows, [1, count, width]), [size, count, width]);
  };
  const grid = g.concat(slotRuns(suffix[0] ?? []).map(piece), 1);
  return g.reshape(grid, [size * (suffix[0]?.length ?? 0), width]);
}

/** Source by source: the classes' own rows, those that all read, and the frozen ones. */
function buildPacked({ g, shape, frozen, positions }: SuffixGraph, sources: Values): Value {
  const { size, embeddings } = shape;
  const { width } = embeddings;
  const pieces = shape.sources.map((source) => {
    if (source.kind === "frozen") return frozen;
    let value = sources[source.name] as Value;
    if (source.kind === "shared") {
      const count = source.read.length;
      const read = g.concat(
        consecutive(source.read).map((rows) => takeRows(g, value, rows)),
        0,
      );
      value = g.reshape(g.expand(g.reshape(read, [1, count, width]), [size, count, width]), [
        source.rows,
        width,
      ]);
    }
    let added = positions.get(source.name);
    if (added === undefined) {
      added = g.input(positionsOf(source.name), "float32", [source.rows, width]);
      positions.set(source.name, added);
    }
    return g.add(value, added);
  });
  return g.concat(pieces, 0);
}

/** Splits rows where they do not follow each other. */
function consecutive(rows: readonly number[]): number[][] {
  const parts: number[][] = [];
  for (const row of rows) {
    const last = parts.at(-1);
    if (last !== undefined && last.at(-1) === row - 1) last.push(row);
    else parts.push([row]);
  }
  return parts;
}

/** What the inputs of {@link buildSuffix} are fed for a chunk of classes. */
export function suffixRowFeeds(shape: SuffixShape, classes: readonly number[]): Record<string, Tensor> {
  const { embeddings, start, suffix, sources, isUniform } = shape;
  const { width, tokenRow, positionRow } = embeddings;
  const data = new Map(sources.map(({ name, rows }) => [name, new Float32Array(rows * width)]));
  const next = new Map(sources.map(({ name }) => [name, 0]));
  for (const c of classes) {
    (suffix[c] ?? []).forEach((slot, t) => {
      const name = sourceOf(slot) ?? "frozen";
      const into = data.get(name) as Float32Array;
      const offset = next.get(name) ?? 0;
      next.set(name, offset + width);
      into.set(positionRow(start + t), offset);
      if ("id" in slot) addInto(into, tokenRow(slot.id), offset);
    });
  }
  const fed = sources.filter(({ kind }) => kind === "frozen" || !isUniform);
  return Object.fromEntries(
    fed.map(({ kind, name, rows }) => [
      kind === "frozen" ? FROZEN_ROWS : positionsOf(name),
      createTensor("float32", [rows, width], data.get(name) as Float32Array),
    ]),
  );
}
