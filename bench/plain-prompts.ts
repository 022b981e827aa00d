import type { GraphBuilder } from "../src/graph/builder.ts";
import type { Value } from "../src/graph/node.ts";
import type { Values } from "../src/methods/method.ts";
import {
  frozenSlots,
  type PromptFilling,
  rowsOfRun,
  type Slot,
  type SlotRun,
  slotRuns,
  sourceOf,
} from "../src/methods/prompt-filling.ts";
import { type Tensor, zeros } from "../src/tensor/tensor.ts";
import type { PromptTask } from "./prompt-task.ts";

/** Place of end-of-text in the prompt of each class. */
export function endsOf({ prefix, suffix }: PromptFilling): number[] {
  return suffix.map((slots) => prefix.length + slots.length - 1);
}

/** Each class's prompt as a full row of the context, padded as published. */
function sequencesOf({ prefix, suffix }: PromptFilling, { tower }: PromptTask): Slot[][] {
  return suffix.map((slots) => {
    const padding = tower.config.contextLength - prefix.length - slots.length;
    return [...prefix, ...slots, ...frozenSlots(Array<number>(padding).fill(0))];
  });
}

/**
 * Token embeddings of the learned prompts, without positions, every prompt a full row of the context.
 *
 * @param filling in which all classes have their learned tokens at the same places
 * @param values what learned slots read, `[rows, W]`, or `[G, rows, W]` where it depends on the picture
 * @returns float32 `[G C, T, W]`, the classes of the first picture first
 */
export function plainTokens(
  g: GraphBuilder,
  task: PromptTask,
  { filling, values }: { readonly filling: PromptFilling; readonly values: Values },
): Value {
  const sequences = sequencesOf(filling, task);
  const classes = sequences.length;
  const runs = slotRuns(sequences[0] ?? []);
  const pieces = runs.map((run) =>
    run.source === undefined
      ? frozenPiece(g, task, { sequences, run })
      : learnedPiece(g, task, { value: values[run.source] as Value, run }),
  );
  const groups = Math.max(...pieces.map(({ shape }) => shape[0] ?? 1));
  const each = pieces.map((piece) => {
    const [, , count = 0, width = 0] = piece.shape;
    return g.reshape(g.expand(piece, [groups, classes, count, width]), [groups * classes, count, width]);
  });
  return g.concat(each, 1);
}

/** `[1, C, n, W]`. */
function frozenPiece(
  g: GraphBuilder,
  { embeddings }: PromptTask,
  { sequences, run }: { readonly sequences: readonly Slot[][]; readonly run: SlotRun },
): Value {
  const { width, tokenRow } = embeddings;
  const count = run.slots.length;
  const data = new Float32Array(sequences.length * count * width);
  const slots = sequences.flatMap((sequence) => sequence.slice(run.start, run.start + count));
  for (const [row, slot] of slots.entries()) if ("id" in slot) data.set(tokenRow(slot.id), row * width);
  return g.literal("float32", [1, sequences.length, count, width], data);
}

/** `[1, C, n, W]` of rows that are a class's own, `[1, 1, n, W]` of shared ones, `[G, 1, n, W]` where they depend on the picture. */
function learnedPiece(
  g: GraphBuilder,
  { method, embeddings: { width } }: PromptTask,
  { value, run }: { readonly value: Value; readonly run: SlotRun },
): Value {
  const rows = rowsOfRun(run);
  const [start = 0] = rows;
  const isOwn = method.parameters.some(({ name, rowsOfClass }) => name === run.source && rowsOfClass);
  const all = value.shape.at(-2) ?? 0;
  const shape = isOwn
    ? [1, method.classCount, all / method.classCount, width]
    : [value.shape.length === 3 ? (value.shape[0] ?? 1) : 1, 1, all, width];
  return g.slice(g.reshape(value, shape), 2, start, start + rows.length);
}

/**
 * Token embeddings of the original prompts, as {@link plainTokens} has those of the learned ones.
 *
 * @param task whose method holds on to prompts that training does not move
 * @returns float32 `[C, T, W]`
 */
export function originalTokens(task: PromptTask): Tensor<"float32"> {
  const { method, embeddings, tower } = task;
  const { original } = method;
  const values = "values" in original ? original.values : {};
  const { width, tokenRow } = embeddings;
  const tokens = zeros([method.classCount, tower.config.contextLength, width]);
  const slots = sequencesOf(originalFilling(task), task).flat();
  slots.forEach((slot, row) => {
    const source = values[sourceOf(slot) ?? ""]?.data;
    const numbers =
      "id" in slot ? tokenRow(slot.id) : source?.subarray(slot.row * width, (slot.row + 1) * width);
    tokens.data.set(numbers ?? [], row * width);
  });
  return tokens;
}

/** How the original prompts are filled. */
export function originalFilling({ method }: PromptTask): PromptFilling {
  return "filling" in method.original ? method.original.filling : method.prompts;
}
