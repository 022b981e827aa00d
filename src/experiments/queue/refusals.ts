import { DelayedError, type Job, type Queue, UnrecoverableError } from "bullmq";
import { LammError } from "../../errors.ts";
import { failureText } from "./queue-job.ts";

/**
 * Milliseconds for which a job that a worker refused is nobody's, so that others find it before that worker does again: at first, and at
 * most, as it doubles each time. A worker that could do it waits as long where it has nothing else.
 */
const [FIRST_DELAY, LONGEST_DELAY] = [3000, 12_000];

/** A job that a worker has, and what BullMQ knows its hold of it by. */
export interface RefusedJob {
  readonly job: Job<{ readonly refusals?: Readonly<Record<string, string>> }>;
  readonly token: string | undefined;
}

/** What a worker refused. */
export interface Refusals {
  /**
   * Gives a job back that this worker cannot do, for others, and says why where that was not said yet. Where every worker that is there has
   * refused it, it fails.
   *
   * @returns never: it throws what tells BullMQ what became of the job
   */
  refuse(held: RefusedJob, error: LammError): Promise<never>;
  /** The same for a job that this worker has refused before, with nothing said; nothing where it has not. */
  refuseAgain(held: RefusedJob): Promise<void>;
}

/** Why a job was refused, and for how long it is nobody's next time. */
interface Refused {
  readonly error: LammError;
  readonly delay: number;
}

/**
 * @param options `worker` is its name, as BullMQ knows it; `onNotice` is told each reason once
 */
export function createRefusals(
  queue: Queue,
  options: { readonly worker: string; readonly onNotice: (notice: string) => void },
): Refusals {
  const { worker, onNotice } = options;
  /** By the ids of the jobs. */
  const refused = new Map<string, Refused>();
  const told = new Set<string>();
  const giveBack = async ({ job, token }: RefusedJob, { error, delay }: Refused): Promise<never> => {
    const { refusals = {} } = job.data;
    if (await areAllIn(queue, refusals)) {
      const reasons = [...new Set(Object.values(refusals))].join("; ");
      const details = { ...error.details, got: `${reasons}, on all workers that are there` };
      throw new UnrecoverableError(failureText(new LammError(error.code, details)));
    }
    refused.set(job.id ?? "", { error, delay: Math.min(2 * delay, LONGEST_DELAY) });
    await job.moveToDelayed(Date.now() + delay, token);
    throw new DelayedError();
  };
  return {
    async refuse(held, error) {
      const { job } = held;
      if (!told.has(error.message)) onNotice(error.message);
      told.add(error.message);
      await job.updateData({
        ...job.data,
        refusals: { ...job.data.refusals, [worker]: error.details.got },
      });
      return giveBack(held, { error, delay: FIRST_DELAY });
    },
    async refuseAgain(held) {
      const before = refused.get(held.job.id ?? "");
      // A job that failed, or was lost, comes anew without its refusals, and is looked at anew.
      if (before !== undefined && held.job.data.refusals?.[worker] !== undefined)
        await giveBack(held, before);
    },
  };
}

/** Whether all workers that are there have refused. */
async function areAllIn(queue: Queue, refusals: Readonly<Record<string, string>>): Promise<boolean> {
  const workers = await queue.getWorkers();
  return workers.every(({ rawname = "" }) => (rawname.split(":w:").at(-1) ?? "") in refusals);
}
