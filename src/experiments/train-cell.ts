import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Dataset } from "../data/datasets/dataset.ts";
import { trainOnSource } from "../tasks/train.ts";
import type { Adapter } from "../training/adapter.ts";
import type { TrainConfigInput } from "../training/train-config.ts";
import type { CellRun } from "./cell-run.ts";
import { checkAllReadable } from "./score-test.ts";

/** An adapter of a cell, and what removes the checkpoint of its training. */
export interface TrainedCell {
  readonly adapter: Adapter;
  clear(): void;
}

/**
 * Trains on a data set, or a part of it.
 *
 * @param options `part` tells apart the trainings of one cell; `startFrom` is an adapter to go on from
 * @returns `undefined` where the signal stopped it
 */
export async function trainCell(
  run: CellRun,
  dataset: Dataset,
  { part = "", startFrom }: { readonly part?: string; readonly startFrom?: Adapter },
): Promise<TrainedCell | undefined> {
  const { context, cell, signal, onProgress } = run;
  const result = await trainOnSource(await context.source(dataset, cell.model), {
    ...cellOptions(run, part),
    config: cell.config as TrainConfigInput,
    ...(startFrom && { startFrom }),
    ...(signal && { signal }),
    onEpoch: ({ epoch, epochs }) => onProgress?.(epoch / epochs),
  });
  if (result === undefined) return undefined;
  checkAllReadable(dataset.name, result.unreadable);
  return { adapter: result.adapter, clear: () => result.clearCheckpoint() };
}

/** How a cell's trainings read pictures and keep their state. */
export function cellOptions({ context: { places }, key }: CellRun, part: string) {
  const { cache, checkpoints } = places;
  if (checkpoints !== undefined) mkdirSync(checkpoints, { recursive: true });
  return {
    ...(cache !== undefined && { cache }),
    ...(checkpoints !== undefined && { checkpoint: join(checkpoints, `${key}${part}.checkpoint`) }),
  };
}
