import type { Preprocessing } from "../../clip/preprocess.ts";
import { startThread } from "../../data/start-thread.ts";
import type { PretrainBatch } from "../pretrainer.ts";
import type { SourcePlace } from "./open-source.ts";
import type { OpenRequest, SourceBatch, SourceDescription, StepRequest } from "./source-worker.ts";

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
  const thread = startThread<OpenRequest | StepRequest, SourceDescription | SourceBatch>(
    "./source-worker",
    import.meta.url,
  );
  const batches = new Map<number, Promise<PretrainBatch>>();
  const request = (step: number): Promise<PretrainBatch> => {
    const known = batches.get(step);
    if (known !== undefined) return known;
    const batch = thread.call({ step, batchSize, seed, preprocessing }) as Promise<SourceBatch>;
    // Looked at when its step comes; until then it is nobody's fault.
    batch.catch(() => {});
    batches.set(step, batch);
    return batch;
  };
  try {
    const { identity, texts } = (await thread.call({ place: source })) as SourceDescription;
    return {
      identity,
      texts,
      close: thread.close,
      async next(step) {
        for (const old of batches.keys()) if (old < step || old > step + ahead) batches.delete(old);
        const batch = request(step);
        for (let later = step + 1; later <= step + ahead; later++) request(later);
        return batch.finally(() => batches.delete(step));
      },
    };
  } catch (error) {
    await thread.close();
    throw error;
  }
}
