// Node only: runs in a worker thread.
import { parentPort } from "node:worker_threads";
import { LammError } from "../errors.ts";
import type { ThreadAnswer, ThreadRequest } from "./start-thread.ts";

/**
 * Makes this module the program of a thread that `startThread` starts. Errors of this library go to the caller. Any other is a
 * defect; unhandled, it ends the thread and reaches the caller as its error.
 *
 * @param work answers a request; requests that come meanwhile are passed on at once
 * @param transfer buffers of a result that are handed over instead of copied
 */
export function answerCalls<Request, Result>(
  work: (request: Request) => Promise<Result>,
  transfer: (result: Result) => readonly ArrayBuffer[],
): void {
  parentPort?.on("message", async ({ id, request }: ThreadRequest) => {
    let answer: ThreadAnswer;
    let buffers: readonly ArrayBuffer[] = [];
    try {
      const result = await work(request as Request);
      answer = { id, result };
      buffers = transfer(result);
    } catch (error) {
      if (!(error instanceof LammError)) throw error;
      const { cause: _, ...details } = error.details;
      answer = { id, failure: { code: error.code, details } };
    }
    parentPort?.postMessage(answer, [...buffers]);
  });
}
