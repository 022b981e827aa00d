import { DelayedError, type Job, type Queue, UnrecoverableError } from "bullmq";
import { expect, test, vi } from "vitest";
import { LammError } from "../../errors.ts";
import { type HeldJob, performJob, type WorkerReport, type Workshop } from "./perform-job.ts";
import { createRefusals } from "./refusals.ts";

const DIGEST = "ab".repeat(32);
const NOTICE =
  "cell of animals, tiny: expected the data that it was planned with, got other pictures of animals. Copy them.";

/** A worker "a" that lacks the data of all cells, beside those that `workers` names. */
function strangeWorker(workers: () => readonly string[]) {
  const log: string[] = [];
  const onNotice = (text: string) => void log.push(text);
  const queue = {
    getWorkers: async () => workers().map((name) => ({ rawname: `lamm:cXVldWU=:w:${name}` })),
  } as unknown as Queue;
  const run = vi.fn(async () => {
    throw new LammError("ERR_OTHER_INGREDIENTS", {
      where: "cell of animals, tiny",
      expected: "the data that it was planned with",
      got: "other pictures of animals",
      fix: "Copy them.",
    });
  });
  const workshop = {
    ...{ places: { data: "data", checkpoints: "state" }, onNotice, results: new Map(), busy: new Map() },
    onReport: (report: WorkerReport) => void log.push(report.kind === "cell" ? report.state : report.kind),
    refusals: createRefusals(queue, { worker: "a", onNotice }),
    pool: { run },
    relay: { restore: async () => {}, follow: () => async () => {}, clear: async () => {} },
    features: { fetch: async () => {} },
  } as unknown as Workshop;
  return { log, run, workshop };
}

/** A cell in a worker's hands, again and again; `delays` are the seconds for which it was nobody's after each time. */
function cellJob(id: string) {
  const delays: number[] = [];
  const cell = {
    task: "accuracy",
    dataset: "animals",
    targets: [],
    model: "tiny",
    config: { method: "gda" },
  };
  const planned = { data: {}, weights: "w", preprocessing: "p", software: {} };
  const job = {
    ...{ id, name: "cell", data: { cell, key: DIGEST, planned, featureSets: [], refusals: {} } },
    async updateData(data: object) {
      Object.assign(job.data, data);
    },
    async moveToDelayed(timestamp: number) {
      delays.push((timestamp - Date.now()) / 1000);
    },
  };
  const { signal } = new AbortController();
  const held: HeldJob = { job: job as unknown as Job, token: "t", lost: signal, signal };
  return { held, job, delays };
}

test("a cell that a worker refused comes back to it silently, less and less often, and is not opened again", async () => {
  vi.useFakeTimers();
  try {
    const { log, run, workshop } = strangeWorker(() => ["a", "b"]);
    const { held, job, delays } = cellJob("one");
    for (let time = 0; time < 5; time++) {
      await expect(performJob(workshop, held)).rejects.toThrow(DelayedError);
    }
    expect(log).toEqual(["begun", "returned", NOTICE]);
    expect(run).toHaveBeenCalledOnce();
    expect(delays).toEqual([3, 6, 12, 12, 12]);
    // As when the experiment was begun again.
    job.data.refusals = {};
    await expect(performJob(workshop, held)).rejects.toThrow(DelayedError);
    expect(run).toHaveBeenCalledTimes(2);
    expect(delays.at(-1)).toBe(3);
  } finally {
    vi.useRealTimers();
  }
});

test("a reason is said once for all cells that it is the reason of", async () => {
  const { log, run, workshop } = strangeWorker(() => ["a", "b"]);
  for (const id of ["one", "two", "three"]) {
    await expect(performJob(workshop, cellJob(id).held)).rejects.toThrow(DelayedError);
  }
  expect(run).toHaveBeenCalledTimes(3);
  expect(log.filter((line) => line === NOTICE)).toHaveLength(1);
});

test("a cell fails when those that could have done it have gone", async () => {
  let workers = ["a", "b"];
  const { run, workshop } = strangeWorker(() => workers);
  const { held } = cellJob("one");
  await expect(performJob(workshop, held)).rejects.toThrow(DelayedError);
  workers = ["a"];
  const failure = await performJob(workshop, held).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(UnrecoverableError);
  expect(JSON.parse((failure as Error).message)).toEqual({
    code: "ERR_OTHER_INGREDIENTS",
    details: {
      where: "cell of animals, tiny",
      expected: "the data that it was planned with",
      got: "other pictures of animals, on all workers that are there",
      fix: "Copy them.",
    },
  });
  expect(run).toHaveBeenCalledOnce();
});
