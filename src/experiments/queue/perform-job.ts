import { type Job, UnrecoverableError, WaitingError } from "bullmq";
import { LammError } from "../../errors.ts";
import type { Cell, Ingredients } from "../cell.ts";
import type { CellPlaces } from "../cell-context.ts";
import type { CellResult } from "../cell-run.ts";
import { isOtherIngredients } from "../check-ingredients.ts";
import type { ProcessPool } from "../process-pool.ts";
import type { CheckpointRelay } from "./checkpoint-relay.ts";
import type { FeatureStore } from "./feature-store.ts";
import { failureText, parseCellJob, parseEncodeJob, withDataFolder } from "./queue-job.ts";
import type { Refusals } from "./refusals.ts";

/** Kinds of errors that are of the cell and not of the machine: another one would say the same. */
const SAME_EVERYWHERE: ReadonlySet<string> = new Set([
  "ERR_SHAPE",
  "ERR_UNSUPPORTED_OP",
  "ERR_CONFIG",
  "ERR_DATA",
  "ERR_MODEL_FILE",
]);

/** What a worker tells of its work. */
export type WorkerReport =
  | { readonly kind: "cell"; readonly cell: Cell; readonly state: "begun" | "failed" | "returned" }
  | { readonly kind: "cell"; readonly cell: Cell; readonly state: "done"; readonly seconds: number }
  | { readonly kind: "encoded"; readonly dataset: string; readonly pictures: number };

/** Places of a worker's machine; `checkpoints` is where the state of its cells is kept. */
export type WorkerPlaces = CellPlaces & { readonly checkpoints: string; readonly cache?: string };

/** What a worker works with. */
export interface Workshop {
  readonly places: WorkerPlaces;
  readonly onNotice: (notice: string) => void;
  readonly onReport: (report: WorkerReport) => void;
  readonly refusals: Refusals;
  readonly pool: ProcessPool;
  readonly relay: CheckpointRelay;
  readonly features: FeatureStore;
  /** Results by key, for cells whose result did not reach Redis in time and that come again. */
  readonly results: Map<string, CellResult>;
  /** Cells that processes work on, by key: a cell that comes again while it is being stopped waits for that. */
  readonly busy: Map<string, Promise<unknown>>;
}

/** A job in a worker's hands. */
export interface HeldJob {
  readonly job: Job;
  readonly token: string | undefined;
  /** Aborted when the job is another worker's. */
  readonly lost: AbortSignal;
  /** Aborted when it is, or when the worker ends. */
  readonly signal: AbortSignal;
}

/** Does a job, and says what became of it as BullMQ expects: by what it returns or throws. */
export async function performJob(workshop: Workshop, held: HeldJob): Promise<unknown> {
  const { job, token } = held;
  // Before anything is opened: it would take as long each time, and come to the same.
  await workshop.refusals.refuseAgain(held);
  try {
    const result = await (job.name === "encode" ? encode(workshop, held) : runCell(workshop, held));
    if (result !== undefined) return result;
  } catch (error) {
    if (!(error instanceof LammError)) throw error;
    if (isOtherIngredients(error)) return workshop.refusals.refuse(held, error);
    const text = failureText(error);
    throw SAME_EVERYWHERE.has(error.code) ? new UnrecoverableError(text) : new Error(text);
  }
  if (held.lost.aborted) throw new Error("lock lost");
  await job.moveToWait(token);
  throw new WaitingError();
}

/** Encodes pictures; nothing where the signal stopped it. */
async function encode(workshop: Workshop, { job, signal }: HeldJob): Promise<object | undefined> {
  const { pool, features, places, onReport } = workshop;
  const { chunk, planned, featureSet, id } = parseEncodeJob(job.data);
  // Chunks of an earlier experiment may have had some of the pictures.
  await fetchFeatures(workshop, planned, [featureSet]);
  const packed = await pool.encode({ chunk: withDataFolder(chunk, places.data), planned }, { signal });
  if (packed === undefined) return undefined;
  await features.put(featureSet, id, packed);
  onReport({ kind: "encoded", dataset: chunk.dataset, pictures: chunk.indices.length });
  return { pictures: chunk.indices.length };
}

/** Runs a cell; nothing where the signal stopped it. */
async function runCell(workshop: Workshop, held: HeldJob): Promise<CellResult | undefined> {
  const { results, busy, onReport } = workshop;
  const { key, cell } = parseCellJob(held.job.data);
  await busy.get(key);
  const known = results.get(key);
  if (known !== undefined) return known;
  onReport({ kind: "cell", cell, state: "begun" });
  const running = runInProcess(workshop, held);
  const settled = running.catch(() => {}).finally(() => busy.delete(key));
  busy.set(key, settled);
  try {
    const result = await running;
    if (result === undefined) onReport({ kind: "cell", cell, state: "returned" });
    else onReport({ kind: "cell", cell, state: "done", seconds: result.seconds });
    return result;
  } catch (error) {
    onReport({ kind: "cell", cell, state: isOtherIngredients(error) ? "returned" : "failed" });
    throw error;
  }
}

/** Runs a cell in a process, from where another worker left it, with features that others have computed. */
async function runInProcess(
  workshop: Workshop,
  { job, signal, lost }: HeldJob,
): Promise<CellResult | undefined> {
  const { pool, relay, places, results } = workshop;
  const { key, cell, planned, featureSets } = parseCellJob(job.data);
  await relay.restore(key);
  await fetchFeatures(workshop, planned, featureSets);
  const stopCopying = relay.follow(key);
  let result: CellResult | undefined;
  try {
    const task = { cell: withDataFolder(cell, places.data), key, planned };
    result = await pool.run(task, { signal });
  } finally {
    // What another worker goes on with is not to be replaced by what this one had.
    await stopCopying(result === undefined && !lost.aborted);
  }
  if (result === undefined) return undefined;
  results.set(key, result);
  await relay.clear(key);
  return result;
}

/** Puts features that other workers computed into this machine's cache. */
async function fetchFeatures(
  { features, places: { cache }, onNotice }: Workshop,
  { preprocessing, weights }: Ingredients,
  sets: readonly string[],
): Promise<void> {
  const file = cache === undefined ? {} : { file: cache };
  for (const set of sets) {
    await features.fetch(set, { preprocessing, weightsHash: weights, onWarning: onNotice, ...file });
  }
}
