import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { type Job, Queue, Worker } from "bullmq";
import type { DownloadProgress } from "../../clip/node/hub-download.ts";
import { createProcessPool } from "../process-pool.ts";
import { createCheckpointRelay } from "./checkpoint-relay.ts";
import { connectRedis } from "./connect-redis.ts";
import { createFeatureStore } from "./feature-store.ts";
import { performJob, type WorkerPlaces, type WorkerReport, type Workshop } from "./perform-job.ts";
import type { QueueAddress } from "./queue-address.ts";
import { JOB_PREFIX, queueKey } from "./queue-job.ts";
import { createRefusals } from "./refusals.ts";

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
/** Messages about the connection. */
const OF_CONNECTION = /Connection is closed|\bE[A-Z]{4,}\b|LOADING/;
/** Messages of BullMQ about a cell that another worker has by now. */
const LOST_LOCK = /lock|Missing key for job|is not in the active state/i;

/** How a worker works. */
export interface QueueWorkerOptions {
  readonly address: QueueAddress;
  readonly name: string;
  readonly places: WorkerPlaces;
  /** Cells at a time. */
  readonly jobs: number;
  readonly onNotice: (notice: string) => void;
  readonly onReport: (report: WorkerReport) => void;
  /** Called while a process of its own downloads a model, with bytes. */
  readonly onDownload?: (progress: DownloadProgress) => void;
}

/** A worker that takes cells from a queue. */
export interface QueueWorker {
  /** Stops its cells, gives them back with their state, and ends it. */
  close(): Promise<void>;
}

/**
 * Starts to take cells from a queue. They run in processes of their own, so that this one is free to tell Redis that it is alive.
 *
 * @throws {StorageError} if Redis cannot be reached
 */
export async function startQueueWorker(options: QueueWorkerOptions): Promise<QueueWorker> {
  const { address, name, places, jobs, onNotice, onDownload } = options;
  const link = await connectRedis(address, onNotice);
  const { client } = link;
  const closing = new AbortController();
  const connection = { connection: client, prefix: JOB_PREFIX };
  const queue = new Queue(queueKey(name), connection);
  /** Name of this worker among all. */
  const id = randomUUID();
  const relayOptions = { queue: queueKey(name), folder: places.checkpoints, onNotice };
  const workshop: Workshop = {
    ...options,
    refusals: createRefusals(queue, { worker: id, onNotice }),
    pool: createProcessPool({ ...{ places, processes: jobs, onNotice }, ...(onDownload && { onDownload }) }),
    relay: createCheckpointRelay(client, relayOptions),
    features: createFeatureStore(client, queueKey(name)),
    results: new Map(),
    busy: new Map(),
  };
  const holders = new Map<string, AbortController>();
  const work = async (job: Job, token: string | undefined) => {
    const lost = new AbortController();
    const jobId = job.id ?? "";
    holders.set(jobId, lost);
    const signal = AbortSignal.any([lost.signal, closing.signal]);
    try {
      return await performJob(workshop, { job, token, lost: lost.signal, signal });
    } finally {
      if (holders.get(jobId) === lost) holders.delete(jobId);
    }
  };
  const worker = new Worker(queueKey(name), work, {
    ...connection,
    name: id,
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
