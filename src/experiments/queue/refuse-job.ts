import { DelayedError, type Job, type Queue, UnrecoverableError } from "bullmq";
import { LammError } from "../../errors.ts";
import { failureText } from "./queue-job.ts";

/** Milliseconds for which a job that a worker refused is nobody's, so that others find it before that worker does again. */
const REFUSED_DELAY = 3000;

/** What a worker gives back, and who it is. */
export interface Refusal {
  readonly job: Job<{ readonly refusals: Readonly<Record<string, string>> }>;
  readonly token: string | undefined;
  /** Name of the worker, as BullMQ knows it. */
  readonly worker: string;
  readonly error: LammError;
}

/**
 * Gives a job back that this worker cannot do, for others. Where every worker that is there has refused it, it fails.
 *
 * @returns never: it throws what tells BullMQ what became of the job
 */
export async function refuseJob(queue: Queue, { job, token, worker, error }: Refusal): Promise<never> {
  const refusals = { ...job.data.refusals, [worker]: error.details.got };
  await job.updateData({ ...job.data, refusals });
  const workers = await queue.getWorkers();
  const others = workers.map(({ rawname = "" }) => rawname.split(":w:").at(-1) ?? "");
  if (others.every((name) => name in refusals)) {
    const reasons = [...new Set(Object.values(refusals))].join("; ");
    const details = { ...error.details, got: `${reasons}, on all workers that are there` };
    throw new UnrecoverableError(failureText(new LammError(error.code, details)));
  }
  await job.moveToDelayed(Date.now() + REFUSED_DELAY, token);
  throw new DelayedError();
}
