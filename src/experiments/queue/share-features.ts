import { LammError } from "../../errors.ts";
import { type Cell, digestOfJson } from "../cell.ts";
import type { CellContext } from "../cell-context.ts";
import { CHUNK_PICTURES, type FeatureStore } from "./feature-store.ts";
import type { JobBoard } from "./job-board.ts";
import { planEncoding } from "./plan-encoding.ts";
import { type EncodeJob, withoutDataFolder } from "./queue-job.ts";

/** What sharing features needs. */
export interface ShareFeaturesOptions {
  readonly board: JobBoard;
  readonly store: FeatureStore;
  readonly context: CellContext;
  /** All cells that are to be run. */
  readonly cells: readonly Cell[];
  readonly onNotice: (notice: string) => void;
}

/**
 * Has workers encode the pictures of data sets, in chunks, before the first cell that needs them.
 *
 * @returns a function that gives the sets of features that a cell's pictures have, once they are there; `undefined` where the signal
 *   stopped it
 */
export function createFeatureSharing(
  options: ShareFeaturesOptions,
): (cell: Cell, signal?: AbortSignal) => Promise<string[] | undefined> {
  const shared = new Map<string, Promise<string | undefined>>();
  return async (cell, signal) => {
    const sets = [cell.dataset, ...cell.targets].map((dataset) => {
      const name = JSON.stringify([dataset, cell.model]);
      const found = shared.get(name) ?? shareDataset(options, { dataset, model: cell.model }, signal);
      shared.set(name, found);
      return found;
    });
    const found = await Promise.all(sets);
    return signal?.aborted ? undefined : found.filter((set) => set !== undefined);
  };
}

/** Has a data set's pictures encoded; gives the set, or `undefined` where there is nothing to share. */
async function shareDataset(
  { board, store, context, cells, onNotice }: ShareFeaturesOptions,
  { dataset, model }: Pick<Cell, "dataset" | "model">,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const ofModel = cells.filter((cell) => cell.model === model);
  const indices = planEncoding(ofModel, context.dataset(dataset));
  if (indices.length === 0) return undefined;
  const planned = await context.ingredients({ dataset, model, targets: [] });
  const featureSet = digestOfJson(planned);
  const jobs = chunksOf(indices).map((part): EncodeJob => {
    const chunk = withoutDataFolder({ dataset, model, indices: part }, context.places.data);
    return { chunk, planned, featureSet, id: digestOfJson([featureSet, part]), refusals: {} };
  });
  try {
    await Promise.all(jobs.map((job) => encode(job, { board, store }, signal)));
  } catch (error) {
    if (!(error instanceof LammError)) throw error;
    // Cells encode for themselves what is not there, and fail if that is not possible.
    onNotice(`pictures of ${dataset} could not all be encoded before the cells (${error.message})`);
  }
  return featureSet;
}

async function encode(
  data: EncodeJob,
  { board, store }: Pick<ShareFeaturesOptions, "board" | "store">,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (await store.has(data.featureSet, data.id)) return;
  await board.run({ id: `encode-${data.id}`, name: "encode", data, again: true }, signal);
}

/** Pictures in groups of equal size, the last one apart. */
function chunksOf(indices: readonly number[]): number[][] {
  return Array.from({ length: Math.ceil(indices.length / CHUNK_PICTURES) }, (_, chunk) =>
    indices.slice(chunk * CHUNK_PICTURES, (chunk + 1) * CHUNK_PICTURES),
  );
}
