import type { PromptEmbeddings } from "../clip/prompt-embeddings.ts";
import type { GraphBuilder } from "../graph/builder.ts";
import type { Value } from "../graph/node.ts";
import type { Values } from "./method.ts";
import { rowsOfRun, type Slot, type SlotRun, slotRuns } from "./prompt-filling.ts";

/**
 * The prefix of prompts with its positions: a constant where all of it is frozen, which the engine folds through the whole
 * tower.
 *
 * @param sources `[rows, W]`, or `[G, rows, W]` where they depend on the picture
 * @returns float32 `[prefix, W]`, or `[G, prefix, W]`
 */
export function buildPrefix(
  g: GraphBuilder,
  slots: readonly Slot[],
  sources: Values,
  embeddings: PromptEmbeddings,
): Value {
  const pieces = slotRuns(slots).map((run) => prefixPiece(g, run, sources, embeddings));
  const groups = pieces.find(({ shape }) => shape.length === 3)?.shape[0];
  if (groups === undefined) return g.concat(pieces, 0);
  const forEach = pieces.map((piece) =>
    piece.shape.length === 3
      ? piece
      : g.expand(g.reshape(piece, [1, ...piece.shape]), [groups, ...piece.shape]),
  );
  return g.concat(forEach, 1);
}

function prefixPiece(g: GraphBuilder, run: SlotRun, sources: Values, embeddings: PromptEmbeddings): Value {
  const { source, slots, start } = run;
  const { width, tokenRow } = embeddings;
  const positions = positionRows(embeddings, { start, count: slots.length });
  if (source === undefined) {
    slots.forEach((slot, index) => {
      if ("id" in slot) addInto(positions, tokenRow(slot.id), index * width);
    });
    return g.literal("float32", [slots.length, width], positions);
  }
  const rows = takeRows(g, sources[source] as Value, rowsOfRun(run));
  return g.add(rows, g.literal("float32", [slots.length, width], positions));
}

/** Embeddings of `count` positions from `start` on, one after the other. */
export function positionRows(
  { width, positionRow }: PromptEmbeddings,
  { start, count }: { readonly start: number; readonly count: number },
): Float32Array {
  const data = new Float32Array(count * width);
  for (let index = 0; index < count; index++) data.set(positionRow(start + index), index * width);
  return data;
}

/** Adds a row to the numbers from `offset` on. */
export function addInto(data: Float32Array, row: Float32Array, offset: number): void {
  for (let i = 0; i < row.length; i++) data[offset + i] = data[offset + i]! + row[i]!;
}

/** Consecutive rows of `[rows, W]` or `[G, rows, W]`, along its last axis but one; the value itself where these are all. */
export function takeRows(g: GraphBuilder, value: Value, rows: readonly number[]): Value {
  const axis = value.shape.length - 2;
  const start = rows[0] ?? 0;
  if (start === 0 && rows.length === value.shape[axis]) return value;
  return g.slice(value, axis, start, start + rows.length);
}
