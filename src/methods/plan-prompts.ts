import { dealPrompts } from "../clip/deal-prompts.ts";
import { createSuffixLayout, repeatLayout, type SuffixLayout, suffixFeeds } from "../clip/suffix-layout.ts";
import type { TextInput } from "../clip/text-tower.ts";
import { LammError } from "../errors.ts";
import type { GraphBuilder } from "../graph/builder.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { buildPrefix } from "./fill-prefix.ts";
import { buildSuffix, type SuffixShape, type SuffixSource, suffixRowFeeds } from "./fill-suffix.ts";
import type { PromptMethod, Values } from "./method.ts";
import { type PromptFilling, rowsOfRun, type Slot, slotRuns, sourceOf } from "./prompt-filling.ts";

/** Some classes that are encoded together. All chunks of a run have the same sizes, so that one loaded graph serves them. */
export interface ClassChunk {
  /** Indices of the classes, in the order of the chunk's features; fewer than `size` in a chunk that is filled up. */
  readonly classes: readonly number[];
  /** Features that the chunk's graph computes. */
  readonly size: number;
}

/** How classes are encoded in chunks: a graph that is the same for all chunks, and what each chunk feeds it. */
export interface PromptPlan {
  readonly chunks: readonly ClassChunk[];
  /** Suffix tokens of a chunk. */
  readonly rows: number;
  /** Rows that one chunk reads of each parameter that has `rowsOfClass`, by name. */
  readonly parameterRows: Readonly<Record<string, number>>;
  /**
   * Fills prefix and suffix.
   *
   * @param variants sources by name, one set for each version of the prompts that is encoded; they share the prefix, which
   *   is that of the first. The features come as `[G, variants, size, D]`.
   */
  build(g: GraphBuilder, variants: readonly Values[]): TextInput;
  /** What to feed besides the parameters, by input name; `copies` is G times the number of variants. */
  feeds(chunk: ClassChunk, copies: number): Record<string, Tensor>;
}

/**
 * Plans how prompts are encoded in chunks of classes.
 *
 * @param method of whose filling the prompts are, or of frozen ones
 * @param maxRows suffix tokens that one chunk may have, at least one class's
 */
export function planPrompts(
  method: Pick<PromptMethod, "embeddings" | "parameters">,
  filling: PromptFilling,
  maxRows: number,
): PromptPlan {
  const { suffix } = filling;
  const groups = dealPrompts(
    suffix.map((slots) => slots.length),
    maxRows,
  );
  const size = Math.max(...groups.map((group) => group.length));
  const chunks = groups.map((classes): ClassChunk => ({ classes, size }));
  const ofClasses = new Set(
    method.parameters.flatMap(({ name, rowsOfClass }) => (rowsOfClass === undefined ? [] : [name])),
  );
  const shape: SuffixShape = {
    size,
    embeddings: method.embeddings,
    start: filling.prefix.length,
    suffix,
    isUniform: suffix.every((slots) => patternOf(slots) === patternOf(suffix[0] ?? [])),
    sources: listSources(filling, { groups, size, ofClasses }),
  };
  const layouts = new Map(chunks.map((chunk) => [chunk, layoutOf(chunk, shape)]));
  const firstLayout = layouts.get(chunks[0] as ClassChunk) as SuffixLayout;
  return {
    chunks,
    rows: firstLayout.rows,
    parameterRows: Object.fromEntries(
      shape.sources.flatMap(({ name, kind, rows }) => (kind === "class" ? [[name, rows]] : [])),
    ),
    build(g, variants) {
      const prefix = buildPrefix(g, filling.prefix, variants[0] ?? {}, method.embeddings);
      const picturesCount = prefix.shape.length === 3 ? (prefix.shape[0] ?? 1) : 1;
      const copies = picturesCount * variants.length;
      return {
        prefix,
        suffix: buildSuffix(g, shape, variants, picturesCount),
        layout: repeatLayout(firstLayout, copies),
      };
    },
    feeds: (chunk, copies) => ({
      ...suffixFeeds(repeatLayout(layouts.get(chunk) ?? firstLayout, copies)),
      ...suffixRowFeeds(shape, chunk.classes),
    }),
  };
}

/** A text that two classes share if and only if learned and frozen tokens alternate alike in them. */
function patternOf(slots: readonly Slot[]): string {
  return slotRuns(slots)
    .map(({ source, slots: own }) => `${source ?? ""}:${own.length}`)
    .join(" ");
}

/**
 * What the suffix is made of: rows of parameters that are a class's own, those of sources that all classes read, and frozen
 * ones. Classes that fill up a chunk have one frozen row each; nobody reads their features.
 */
function listSources(
  { suffix }: PromptFilling,
  { groups, size, ofClasses }: { groups: readonly number[][]; size: number; ofClasses: ReadonlySet<string> },
): SuffixSource[] {
  const count = (c: number, name: string | undefined) =>
    (suffix[c] ?? []).filter((slot) => sourceOf(slot) === name).length;
  const most = (name: string | undefined, filler: number) =>
    Math.max(
      ...groups.map(
        (group) => group.reduce((sum, c) => sum + count(c, name), 0) + (size - group.length) * filler,
      ),
    );
  const names = [...new Set(suffix.flatMap((slots) => slots.map(sourceOf)))].filter(
    (name) => name !== undefined,
  );
  const learned = names.map((name): SuffixSource => {
    if (ofClasses.has(name)) return { kind: "class", name, rows: most(name, 0) };
    const read = sharedRows(suffix, name);
    return { kind: "shared", name, read, rows: size * read.length };
  });
  return [...learned, { kind: "frozen", name: "frozen", rows: most(undefined, 1) }];
}

/** Rows that all classes read of a source, in the order of their prompts. */
function sharedRows(suffix: PromptFilling["suffix"], name: string): number[] {
  const rowsOf = (slots: readonly Slot[]) =>
    slotRuns(slots).flatMap((run) => (run.source === name ? rowsOfRun(run) : []));
  const [first = [], ...others] = suffix.map(rowsOf);
  if (others.every((rows) => rows.join() === first.join())) return first;
  throw new LammError("ERR_INTERNAL", {
    where: `source "${name}" of prompts`,
    expected: "the same rows in every class, or `rowsOfClass`",
    got: "different ones",
  });
}

/** Rows of a chunk: in a grid class by class; else source by source. */
function layoutOf({ classes }: ClassChunk, shape: SuffixShape): SuffixLayout {
  const { suffix, size, sources, isUniform } = shape;
  if (isUniform) {
    const positions = suffix[0]?.length ?? 0;
    return createSuffixLayout(
      Array.from({ length: size }, (_, c) => Array.from({ length: positions }, (_, t) => c * positions + t)),
    );
  }
  const next = new Map<string, number>();
  let rows = 0;
  for (const source of sources) {
    next.set(source.name, rows);
    rows += source.rows;
  }
  const take = (name: string) => {
    const row = next.get(name) ?? 0;
    next.set(name, row + 1);
    return row;
  };
  const rowOf = Array.from({ length: size }, (_, place) => {
    const c = classes[place];
    return c === undefined
      ? [take("frozen")]
      : (suffix[c] ?? []).map((slot) => take(sourceOf(slot) ?? "frozen"));
  });
  // All chunks share one graph, so the grid is as wide as the longest class of any chunk.
  const positions = Math.max(...suffix.map((slots) => slots.length));
  return { ...createSuffixLayout(rowOf, rows), positions, isGrid: false };
}
