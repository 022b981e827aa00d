// Node only: starts worker threads.
import { availableParallelism } from "node:os";
import { limitConcurrency } from "./limit-concurrency.ts";
import { prepareViews, type ViewJob } from "./prepare-views.ts";
import { startThread } from "./start-thread.ts";

/** Most worker threads: what keeps the fastest image tower busy, and each holds a decoded picture in memory. */
const MAX_WORKERS = 16;
/** Pictures that are in memory at a time without threads: sharp decodes one while the one before is resized. */
const INLINE_PICTURES = 2;

/** Makes views of pictures, several at a time. */
export interface ViewPool {
  /** Pictures that it works on at the same time. */
  readonly size: number;
  /**
   * Asks for the views of a picture. Requests are taken up in the order in which they come.
   *
   * @returns float32 `[views.length, 3, R, R]`; rejects with a `DataError` where the picture is not usable
   */
  prepare(job: ViewJob): Promise<Float32Array<ArrayBuffer>>;
  /** Ends it. Requests without an answer get none, and what was not begun is not done. */
  close(): Promise<void>;
}

/**
 * A pool without threads of its own: JavaScript's share of the work is done by the caller's thread, and what sharp does by
 * its own. Starts at once, which pays for a few pictures.
 */
export function createInlinePool(): ViewPool {
  let closed = false;
  // However many are asked for ahead: the pixels of a telephone's picture take 36 MB and more.
  const prepare = limitConcurrency(INLINE_PICTURES, (job: ViewJob) =>
    closed ? new Promise<never>(() => undefined) : prepareViews(job),
  );
  return {
    size: INLINE_PICTURES,
    prepare,
    async close() {
      closed = true;
    },
  };
}

/**
 * A pool of worker threads, which go on while the engine blocks the caller's.
 *
 * @param size number of threads
 */
export function createWorkerPool(size = Math.min(availableParallelism(), MAX_WORKERS)): ViewPool {
  const workers = Array.from({ length: size }, createViewWorker);
  return {
    size,
    prepare(job) {
      const least = workers.reduce((a, b) => (b.pending() < a.pending() ? b : a));
      return least.prepare(job);
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.close()));
    },
  };
}

/** A worker thread; what it was asked for when the pool closes gets no answer. */
function createViewWorker() {
  const thread = startThread<ViewJob, Float32Array<ArrayBuffer>>("./view-worker", import.meta.url);
  let closed = false;
  return {
    pending: thread.pending,
    prepare: (job: ViewJob) =>
      thread.call(job).catch((error: unknown) => {
        if (closed) return new Promise<never>(() => undefined);
        throw error;
      }),
    close: () => {
      closed = true;
      return thread.close();
    },
  };
}
