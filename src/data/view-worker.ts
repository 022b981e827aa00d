// Node only: the program of a worker thread, started by view-pool.ts.
import { parentPort } from "node:worker_threads";
import { DataError, type ErrorDetails } from "../errors.ts";
import { limitConcurrency } from "./limit-concurrency.ts";
import { prepareViews, type ViewJob } from "./prepare-views.ts";

/** What the pool sends: a job under a number that comes back with the result. */
export interface ViewRequest {
  readonly id: number;
  readonly job: ViewJob;
}

/** What a worker sends back: the pixels, or why the picture is not usable. */
export type ViewResponse =
  | { readonly id: number; readonly pixels: Float32Array<ArrayBuffer> }
  | { readonly id: number; readonly unusable: Omit<ErrorDetails, "cause"> };

/**
 * One picture at a time. The pool asks for many ahead, because the engine blocks its thread for long; decoded all at once
 * they would take gigabytes.
 */
const prepare = limitConcurrency(1, prepareViews);

parentPort?.on("message", async ({ id, job }: ViewRequest) => {
  let response: ViewResponse;
  try {
    response = { id, pixels: await prepare(job) };
  } catch (error) {
    // Anything but a bad picture is a defect; unhandled, it ends the worker and reaches the pool as its error.
    if (!(error instanceof DataError)) throw error;
    const { cause: _, ...unusable } = error.details;
    response = { id, unusable };
  }
  parentPort?.postMessage(response, "pixels" in response ? [response.pixels.buffer] : []);
});
