// Node only: starts worker threads.
import { basename, extname } from "node:path";
import { Worker } from "node:worker_threads";
import { type ErrorDetails, LammError, restoreError } from "../errors.ts";

/** What a thread is sent: a request under a number that comes back with the answer. */
export interface ThreadRequest {
  readonly id: number;
  readonly request: unknown;
}

/** What a thread sends back: the result, or the parts of the error that the request met. */
export type ThreadAnswer =
  | { readonly id: number; readonly result: unknown }
  | {
      readonly id: number;
      readonly failure: { readonly code: string; readonly details: Omit<ErrorDetails, "cause"> };
    };

/** A worker thread, and the calls that it has not answered. */
export interface Thread<Request, Result> {
  /** Number of calls without an answer. */
  pending(): number;
  /**
   * Sends a request. Rejects with the `LammError` that the thread's program threw, whose cause stays there; after any other
   * error the thread has ended, and this call and all others reject with it.
   *
   * @param request what `structuredClone` takes
   */
  call(request: Request): Promise<Result>;
  /** Ends the thread. Calls without an answer reject. */
  close(): Promise<void>;
}

interface PendingCall {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Starts a worker thread whose program answers with `answerCalls`.
 *
 * @param program module of the program relative to `base`, without its extension
 * @param base the caller's `import.meta.url`
 */
export function startThread<Request, Result>(program: string, base: string): Thread<Request, Result> {
  // The compiled package has .js where the sources have .ts. Flags of this process, such as -e, are none of the worker's.
  const url = new URL(`${program}${extname(base)}`, base);
  const worker = new Worker(url, { execArgv: [] });
  const pending = new Map<number, PendingCall>();
  let failure: unknown;
  let nextId = 0;
  const fail = (error: unknown) => {
    failure ??= error;
    for (const { reject } of pending.values()) reject(failure);
    pending.clear();
  };
  worker.on("message", (answer: ThreadAnswer) => {
    const call = pending.get(answer.id);
    pending.delete(answer.id);
    if ("failure" in answer) call?.reject(restoreError(answer.failure.code, answer.failure.details));
    else call?.resolve(answer.result);
  });
  worker.on("error", fail);
  worker.on("exit", (exitCode) => fail(ended(program, exitCode)));
  return {
    pending: () => pending.size,
    call(request) {
      if (failure !== undefined) return Promise.reject(failure);
      return new Promise((resolve, reject) => {
        const message: ThreadRequest = { id: nextId++, request };
        // Before it counts as pending: what cannot be cloned is thrown here, and rejects this call alone.
        worker.postMessage(message);
        pending.set(message.id, { resolve: (result) => resolve(result as Result), reject });
      });
    },
    async close() {
      await worker.terminate();
    },
  };
}

function ended(program: string, exitCode: number): LammError {
  return new LammError("ERR_INTERNAL", {
    where: `worker thread ${basename(program)}`,
    expected: "an answer",
    got: `the end of the thread, with exit code ${exitCode}`,
  });
}
