import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { type Job, Queue, UnrecoverableError, WaitingError, Worker } from "bullmq";
import { LammError } from "../../errors.ts";
import type { Cell, Ingredients } from "../cell.ts";
import type { CellPlaces } from "../cell-context.ts";
import type { CellResult } from "../cell-run.ts";
import { isOtherIngredients } from "../check-ingredients.ts";
import { createProcessPool, type ProcessPool } from "../process-pool.ts";
import { type CheckpointRelay, createCheckpointRelay } from "./checkpoint-relay.ts";
import { connectRedis } from "./connect-redis.ts";
import { createFeatureStore, type FeatureStore } from "./feature-store.ts";
import type { QueueAddress } from "./queue-address.ts";
import {
  failureText,
  JOB_PREFIX,
  parseCellJob,
  parseEncodeJob,
  queueKey,
  withDataFolder,
} from "./queue-job.ts";
import { refuseJob } from "./refuse-job.ts";

/**
 * Milliseconds that a worker may be silent before its cells are another's, and between two looks for such: a killed worker's cell is taken
 * over within their sum and one look more.
 */
const [LOCK_DURATION, STALLED_INTERVAL] = [6000, 3000];
/** Workers that a cell may take with it before it counts as what kills them. */
const MAX_KILLED_WORKERS = 20;
/** Milliseconds after which BullMQ tries again what failed with the connection. */
const RETRY_DELAY = 1000;
/** Milliseconds that giving cells back may take. */
const CLOSE_TIMEOUT = 5000;
/** Kinds of errors that are of the cell and not of the machine: another one would say the same. */
const SAME_EVERYWHERE: ReadonlySet<string> = new Set([
  "ERR_SHAPE",
  "ERR_UNSUPPORTED_OP",
  "ERR_CONFIG",
  "ERR_DATA",
  "ERR_MODEL_FILE",
]);
/** Messages about the connection. */
const OF_CONNECTION = /Connection is closed|\bE[A-Z]{4,}\b|LOADING/;
/** Messages of BullMQ about a cell that another worker has by now. */
const LOST_LOCK = /lock|Missing key for job|is not in the active state/i;

/** What a worker tells of its work. */
export type WorkerReport =
  | { readonly kind: "cell"; readonly cell: Cell; readonly state: "begun" | "failed" | "returned" }
  | { readonly kind: "cell"; readonly cell: Cell; readonly state: "done"; readonly seconds: number }
  | { readonly kind: "encoded"; readonly dataset: string; readonly pictures: number };

/** How a worker works. */
export interface QueueWorkerOptions {
  readonly address: QueueAddress;
  readonly name: string;
  /** Places of this machine; `checkpoints` is where the state of its cells is kept. */
  readonly places: CellPlaces & { readonly checkpoints: string; readonly cache?: string };
  /** Cells at a time. */
  readonly jobs: number;
  readonly onNotice: (notice: string) => void;
  readonly onReport: (report: WorkerReport) => void;
}

/** A worker that takes cells from a queue. */
export interface QueueWorker {
  /** Stops its cells, gives them back with their state, and ends it. */
  close(): Promise<void>;
}

/** What the parts of a worker share. */
interface Workshop extends QueueWorkerOptions {
  /** Name of this worker among all. */
  readonly id: string;
  readonly queue: Queue;
  readonly pool: ProcessPool;
  readonly relay: CheckpointRelay;
  readonly features: FeatureStore;
  /** Results by key, for cells whose result did not reach Redis in time and that come again. */
  readonly results: Map<string, CellResult>;
  /** Cells that processes work on, by key: a cell that comes again while it is being stopped waits for that. */
  readonly busy: Map<string, Promise<unknown>>;
  /** Aborted when the worker ends. */
  readonly closing: AbortSignal;
}

/** A job in a worker's hands. */
interface Held {
  readonly job: Job;
  readonly token: string | undefined;
  /** Aborted when the job is another worker's. */
  readonly lost: AbortSignal;
  /** Aborted when it is, or when the worker ends. */
  readonly signal: AbortSignal;
}

/**
 * Starts to take cells from a queue. They run in processes of their own, so that this one is free to tell Redis that it is alive.
 *
 * @throws {StorageError} if Redis cannot be reached
 */
export async function startQueueWorker(options: QueueWorkerOptions): Promise<QueueWorker> {
  const { address, name, places, jobs, onNotice } = options;
  const link = await connectRedis(address, onNotice);
  const { client } = link;
  const closing = new AbortController();
  const connection = { connection: client, prefix: JOB_PREFIX };
  const queue = new Queue(queueKey(name), connection);
  const relayOptions = { queue: queueKey(name), folder: places.checkpoints, onNotice };
  const workshop: Workshop = {
    ...options,
    id: randomUUID(),
    queue,
    pool: createProcessPool({ places, processes: jobs, onNotice }),
    relay: createCheckpointRelay(client, relayOptions),
    features: createFeatureStore(client, queueKey(name)),
    results: new Map(),
    busy: new Map(),
    closing: closing.signal,
  };
  const holders = new Map<string, AbortController>();
  const work = async (job: Job, token: string | undefined) => {
    const lost = new AbortController();
    const id = job.id ?? "";
    holders.set(id, lost);
    const signal = AbortSignal.any([lost.signal, closing.signal]);
    try {
      return await perform(workshop, { job, token, lost: lost.signal, signal });
    } finally {
      if (holders.get(id) === lost) holders.delete(id);
    }
  };
  const worker = new Worker(queueKey(name), work, {
    ...connection,
    name: workshop.id,
    concurrency: jobs,
    lockDuration: LOCK_DURATION,
    stalledInterval: STALLED_INTERVAL,
    maxStalledCount: MAX_KILLED_WORKERS,
    runRetryDelay: RETRY_DELAY,
  });
  worker.on("lockRenewalFailed", (ids) => {
    for (const id of ids) holders.get(id)?.abort();
  });
  worker.on("error", (error) => tellUnexpected(error, onNotice));
  queue.on("error", (error) => tellUnexpected(error, onNotice));
  return {
    async close() {
      closing.abort();
      // Where Redis is away nothing can be given back: others take the cells over once it is there again.
      await Promise.race([worker.close(link.isAway()), delay(CLOSE_TIMEOUT, undefined, { ref: false })]);
      await workshop.pool.close();
      link.close();
    },
  };
}

/** Tells an error of BullMQ, unless it is of the connection, which tells by itself, or of a cell that another worker has. */
function tellUnexpected({ message }: Error, onNotice: (notice: string) => void): void {
  if (!OF_CONNECTION.test(message) && !LOST_LOCK.test(message)) onNotice(`the queue says: ${message}`);
}

/** Does a job, and says what became of it as BullMQ expects: by what it returns or throws. */
async function perform(workshop: Workshop, held: Held): Promise<unknown> {
  const { job, token } = held;
  try {
    const result = await (job.name === "encode" ? encode(workshop, held) : runCell(workshop, held));
    if (result !== undefined) return result;
  } catch (error) {
    if (!(error instanceof LammError)) throw error;
    if (isOtherIngredients(error)) {
      workshop.onNotice(error.message);
      return refuseJob(workshop.queue, { job, token, worker: workshop.id, error });
    }
    const text = failureText(error);
    throw SAME_EVERYWHERE.has(error.code) ? new UnrecoverableError(text) : new Error(text);
  }
  if (held.lost.aborted) throw new Error("lock lost");
  await job.moveToWait(token);
  throw new WaitingError();
}

/** Encodes pictures; nothing where the signal stopped it. */
async function encode(workshop: Workshop, { job, signal }: Held): Promise<object | undefined> {
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
async function runCell(workshop: Workshop, held: Held): Promise<CellResult | undefined> {
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
  { job, signal, lost }: Held,
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
