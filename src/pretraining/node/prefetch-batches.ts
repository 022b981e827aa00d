import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import type { Preprocessing } from "../../clip/preprocess.ts";
import { type ErrorDetails, LammError } from "../../errors.ts";
import type { PretrainBatch } from "../pretrainer.ts";
import type { SourcePlace } from "./open-source.ts";
import type { SourceRequest, SourceResponse } from "./source-worker.ts";

/** What batches are drawn from and how. */
export interface PrefetchOptions {
  readonly source: SourcePlace;
  /** Pictures of a batch. */
  readonly batchSize: number;
  /** Seed of the run. */
  readonly seed: number;
  readonly preprocessing: Preprocessing;
  /** Batches that are made while the engine works on an earlier one; 2 if not given. */
  readonly ahead?: number;
}

/** A picture source in a worker thread that works ahead: the engine blocks its own thread for most of a step. */
export interface Prefetch {
  /** That of the source. */
  readonly identity: string;
  /** Those of the source. */
  readonly texts: readonly string[];
  /**
   * The batch of a step. Steps are best asked for in order; any step can be the first.
   *
   * @throws {LammError} as the source does
   */
  next(step: number): Promise<PretrainBatch>;
  /** Ends the thread. */
  close(): Promise<void>;
}

const DEFAULT_AHEAD = 2;

/**
 * Opens a picture source in a thread of its own.
 *
 * @throws {LammError} as the source does when it is opened
 */
export async function startPrefetch(options: PrefetchOptions): Promise<Prefetch> {
  const { source, batchSize, seed, preprocessing, ahead = DEFAULT_AHEAD } = options;
  // The compiled package has .js where the sources have .ts. Flags of this process, such as -e, are none of the worker's.
  const url = new URL(`./source-worker${extname(import.meta.url)}`, import.meta.url);
  const worker = new Worker(url, { execArgv: [], workerData: source });
  const answers = createAnswers(worker);
  const opened = answers.expect(-1);
  const batches = new Map<number, Promise<SourceResponse>>();
  const request = (step: number) => {
    if (batches.has(step)) return;
    const message: SourceRequest = { step, batchSize, seed, preprocessing };
    const answer = answers.expect(step);
    // Looked at when its step comes; until then it is nobody's fault.
    answer.catch(() => {});
    batches.set(step, answer);
    worker.postMessage(message);
  };
  const close = async () => void (await worker.terminate());
  try {
    const response = await opened;
    if (!("texts" in response)) throw unexpected();
    const { identity, texts } = response;
    return {
      identity,
      texts,
      close,
      async next(step) {
        for (const old of batches.keys()) if (old < step || old > step + ahead) batches.delete(old);
        for (let later = step; later <= step + ahead; later++) request(later);
        const batch = await batches.get(step);
        batches.delete(step);
        if (batch === undefined || !("pixels" in batch)) throw unexpected();
        return { pixels: batch.pixels, captions: batch.captions };
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Pairs the worker's answers with those who wait for them, by step; its end and its errors reach all of them. */
function createAnswers(worker: Worker) {
  const waiting = new Map<
    number,
    { resolve: (response: SourceResponse) => void; reject: (error: unknown) => void }
  >();
  let failure: unknown;
  const fail = (error: unknown) => {
    failure ??= error;
    for (const { reject } of waiting.values()) reject(failure);
    waiting.clear();
  };
  worker.on("message", (response: SourceResponse) => {
    const request = waiting.get(response.step);
    waiting.delete(response.step);
    if ("failure" in response) request?.reject(errorOf(response.failure));
    else request?.resolve(response);
  });
  worker.on("error", fail);
  worker.on("exit", () => fail(unexpected()));
  return {
    expect(step: number): Promise<SourceResponse> {
      if (failure !== undefined) return Promise.reject(failure);
      return new Promise((resolve, reject) => waiting.set(step, { resolve, reject }));
    },
  };
}

/** An error that crossed the thread's border, with its parts as they were. */
function errorOf({ code, details }: { readonly code: string; readonly details: ErrorDetails }): LammError {
  return new LammError(code, details);
}

function unexpected(): LammError {
  return new LammError("ERR_INTERNAL", {
    where: "picture source",
    expected: "a batch",
    got: "the end of its thread",
  });
}
