import type { PromptEmbeddings } from "../../src/clip/prompt-embeddings.ts";
import type { Slot } from "../../src/methods/prompt-filling.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";

/** What learned slots read: float32 `[rows, W]` by name. */
export type PlainSources = Readonly<Record<string, Tensor<"float32">>>;

/** A prompt's rows one by one: the token's embedding or the source's row, and the embedding of its position. */
export function plainRows(
  slots: readonly Slot[],
  start: number,
  { sources, embeddings }: { readonly sources: PlainSources; readonly embeddings: PromptEmbeddings },
): number[][] {
  const { width, tokenRow, positionRow } = embeddings;
  return slots.map((slot, index) => {
    const source = "id" in slot ? undefined : sources[slot.source];
    const row =
      "id" in slot ? tokenRow(slot.id) : source?.data.subarray(slot.row * width, (slot.row + 1) * width);
    const position = positionRow(start + index);
    return Array.from({ length: width }, (_, i) => Math.fround((row?.[i] ?? 0) + (position[i] ?? 0)));
  });
}
