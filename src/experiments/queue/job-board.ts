import { setTimeout as delay } from "node:timers/promises";
import type { Job, JobsOptions, Queue } from "bullmq";
import { failureOf } from "./queue-job.ts";

/** Milliseconds between two looks at the jobs, and what each job adds to that, so that many do not keep Redis busy. */
const [LOOK_INTERVAL, LOOK_INTERVAL_PER_JOB] = [250, 3];
/** Milliseconds between two looks at whether there are workers. */
const WORKERS_INTERVAL = 10_000;
/** Milliseconds that taking jobs back may take when the work is stopped. */
const WITHDRAW_TIMEOUT = 3000;
/** Seconds that finished jobs stay in Redis: a run that was stopped finds there what workers did meanwhile. */
const KEEP_SECONDS = 7 * 24 * 3600;
/** How often a cell is tried that failed for a reason that another machine may not have, and milliseconds between tries. */
const [ATTEMPTS, RETRY_DELAY] = [3, 1000];

const JOB_OPTIONS = {
  attempts: ATTEMPTS,
  backoff: { type: "fixed", delay: RETRY_DELAY },
  removeOnComplete: { age: KEEP_SECONDS },
  removeOnFail: { age: KEEP_SECONDS },
  stackTraceLimit: 1,
} as const satisfies JobsOptions;

/** A job to be done by some worker. */
export interface JobSpec {
  /** Two jobs of one id are one. */
  readonly id: string;
  readonly name: "cell" | "encode";
  /** Plain JSON. */
  readonly data: object;
  /** Whether it is done again where it was finished before. */
  readonly again?: boolean;
}

/** Jobs that this process waits for. */
export interface JobBoard {
  /**
   * Submits a job and waits for it. One that is in the queue already is waited for; one that was finished before gives its result at once;
   * one that failed before is tried again.
   *
   * @returns what it returned, or `undefined` where the signal stopped it: then it is taken back, unless a worker has it
   * @throws {LammError} if it failed
   */
  run(spec: JobSpec, signal?: AbortSignal): Promise<unknown>;
  /** Jobs that workers have at the moment, of the whole queue. */
  running(): number;
  /** Ends the waiting; jobs stay where they are. */
  close(): void;
}

interface WaitingJob {
  readonly spec: JobSpec;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Keeps looking at jobs instead of listening for events: an event is lost where the connection or Redis is, a look only comes later.
 *
 * @param onNotice called with a sentence where nobody works on the jobs, or some were gone: Redis has lost them, or another
 *   experiment that needed them too has taken them back
 */
export function createJobBoard(queue: Queue, onNotice: (notice: string) => void): JobBoard {
  const waiting = new Set<WaitingJob>();
  const stopped = new AbortController();
  const { signal: ended } = stopped;
  let isLooking = false;
  let running = 0;
  const watchWorkers = createWorkerWatch(queue, onNotice);
  const lookAtAll = async () => {
    const gone = await Promise.all([...waiting].map((job) => lookAt(queue, job, waiting)));
    const count = gone.filter((isGone) => isGone).length;
    if (count > 0) onNotice(`jobs were gone from the queue; they are in it again (${count})`);
    running = await queue.getActiveCount();
    await watchWorkers();
    const pause = LOOK_INTERVAL + LOOK_INTERVAL_PER_JOB * waiting.size;
    await delay(pause, undefined, { signal: ended }).catch(() => {});
  };
  const keepLooking = async () => {
    if (isLooking) return;
    isLooking = true;
    try {
      while (waiting.size > 0 && !ended.aborted) await lookAtAll();
    } catch (error) {
      if (!ended.aborted) for (const { reject } of waiting) reject(error);
    } finally {
      isLooking = false;
    }
  };
  const submit = async (job: WaitingJob, signal: AbortSignal | undefined) => {
    await removeFinished(queue, job.spec);
    if (signal?.aborted) return;
    await add(queue, job.spec);
    waiting.add(job);
    void keepLooking();
  };
  return {
    async run(spec, signal) {
      if (signal?.aborted) return undefined;
      const { promise, resolve, reject } = Promise.withResolvers<unknown>();
      const job = { spec, resolve, reject };
      const stop = () => {
        waiting.delete(job);
        const timeout = delay(WITHDRAW_TIMEOUT, undefined, { ref: false });
        const settle = () => resolve(undefined);
        Promise.race([withdraw(queue, spec.id), timeout]).then(settle, settle);
      };
      signal?.addEventListener("abort", stop, { once: true });
      submit(job, signal).catch(reject);
      try {
        return await promise;
      } finally {
        signal?.removeEventListener("abort", stop);
        waiting.delete(job);
      }
    },
    running: () => running,
    close() {
      stopped.abort();
      waiting.clear();
    },
  };
}

/** Removes what is finished and does not count: an earlier failure, or a result that is asked for again. */
async function removeFinished(queue: Queue, { id, again }: JobSpec): Promise<void> {
  const job = await queue.getJob(id);
  if (job === undefined || job.finishedOn === undefined) return;
  if (again || (await job.isFailed())) await job.remove();
}

async function add(queue: Queue, { id, name, data }: JobSpec): Promise<void> {
  await queue.add(name, data, { ...JOB_OPTIONS, jobId: id });
}

/**
 * Settles a job that is finished, and adds one that is not there any more.
 *
 * @returns whether it had to be added
 */
async function lookAt(queue: Queue, waited: WaitingJob, all: ReadonlySet<WaitingJob>): Promise<boolean> {
  const { spec, resolve, reject } = waited;
  const job = (await queue.getJob(spec.id)) as Job<unknown, unknown> | undefined;
  // It may have been stopped meanwhile.
  if (!all.has(waited)) return false;
  if (job === undefined) {
    await add(queue, spec);
    return true;
  }
  if (job.finishedOn === undefined) return false;
  if (await job.isCompleted()) resolve(job.returnvalue);
  else if (await job.isFailed()) reject(failureOf(job.failedReason));
  return false;
}

/** Removes a job that nobody works on. */
async function withdraw(queue: Queue, id: string): Promise<void> {
  const job = await queue.getJob(id);
  if (job === undefined || (await job.isActive()) || job.finishedOn !== undefined) return;
  await job.remove().catch(() => {
    // A worker has taken it in this moment.
  });
}

/** Tells once that there is no worker, each time that there is none. */
function createWorkerWatch(queue: Queue, onNotice: (notice: string) => void): () => Promise<void> {
  let next = 0;
  let isTold = false;
  return async () => {
    if (Date.now() < next) return;
    next = Date.now() + WORKERS_INTERVAL;
    const count = await queue.getWorkersCount();
    if (count === 0 && !isTold) {
      onNotice("no worker is connected to the queue; start one with `lamm worker --queue`");
    }
    isTold = count === 0;
  };
}
