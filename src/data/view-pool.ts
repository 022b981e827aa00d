// Node only: starts worker threads.
import { availableParallelism } from "node:os";
import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import { DataError } from "../errors.ts";
import { limitConcurrency } from "./limit-concurrency.ts";
import { prepareViews, type ViewJob } from "./prepare-views.ts";
import type { ViewRequest, ViewResponse } from "./view-worker.ts";

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

interface PendingRequest {
  readonly resolve: (pixels: Float32Array<ArrayBuffer>) => void;
  readonly reject: (error: unknown) => void;
}

/** A worker thread, and the requests that it has not answered. */
function createViewWorker() {
  // The compiled package has .js where the sources have .ts. Flags of this process, such as -e, are none of the worker's.
  const url = new URL(`./view-worker${extname(import.meta.url)}`, import.meta.url);
  const worker = new Worker(url, { execArgv: [] });
  const pending = new Map<number, PendingRequest>();
  let failure: unknown;
  let nextId = 0;
  worker.on("message", (response: ViewResponse) => {
    const request = pending.get(response.id);
    pending.delete(response.id);
    if ("pixels" in response) request?.resolve(response.pixels);
    else request?.reject(new DataError(response.unusable));
  });
  worker.on("error", (error) => {
    failure = error;
    for (const request of pending.values()) request.reject(error);
    pending.clear();
  });
  return {
    pending: () => pending.size,
    prepare(job: ViewJob): Promise<Float32Array<ArrayBuffer>> {
      if (failure !== undefined) return Promise.reject(failure);
      return new Promise((resolve, reject) => {
        const request: ViewRequest = { id: nextId++, job };
        pending.set(request.id, { resolve, reject });
        worker.postMessage(request);
      });
    },
    close: () => worker.terminate(),
  };
}
