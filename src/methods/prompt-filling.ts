/**
 * Where the embedding of one token of a prompt comes from: a frozen token of the vocabulary, or a row of something learned.
 * `source` is the name of a trained parameter, or of a value that the method derives from its parameters.
 */
export type Slot = { readonly id: number } | { readonly source: string; readonly row: number };

/** The prompts of all classes, token by token. */
export interface PromptFilling {
  /** Start-of-text and what follows it in the prompts of all classes. */
  readonly prefix: readonly Slot[];
  /** For each class the rest of its prompt: whatever differs between classes and all after it, end-of-text last. */
  readonly suffix: readonly (readonly Slot[])[];
}

/** Frozen tokens. */
export function frozenSlots(ids: readonly number[]): Slot[] {
  return ids.map((id) => ({ id }));
}

/** Learned tokens: `count` rows of a source from `start` on. */
export function learnedSlots(
  source: string,
  { start = 0, count }: { start?: number; count: number },
): Slot[] {
  return Array.from({ length: count }, (_, index) => ({ source, row: start + index }));
}

/** Consecutive slots of one source; `source` is `undefined` for frozen tokens. */
export interface SlotRun {
  readonly source: string | undefined;
  /** Place of the run's first slot. */
  readonly start: number;
  readonly slots: readonly Slot[];
}

/** Name of a slot's source, `undefined` where it is frozen. */
export function sourceOf(slot: Slot): string | undefined {
  return "source" in slot ? slot.source : undefined;
}

/** Rows of its source that a run of learned slots reads. */
export function rowsOfRun({ slots }: SlotRun): number[] {
  return slots.flatMap((slot) => ("row" in slot ? [slot.row] : []));
}

/** Splits slots where their source changes. */
export function slotRuns(slots: readonly Slot[]): SlotRun[] {
  const runs: { source: string | undefined; start: number; slots: Slot[] }[] = [];
  slots.forEach((slot, place) => {
    const last = runs.at(-1);
    if (last !== undefined && last.source === sourceOf(slot)) last.slots.push(slot);
    else runs.push({ source: sourceOf(slot), start: place, slots: [slot] });
  });
  return runs;
}
