import { setTimeout } from "node:timers/promises";
import { type CommandRecord, runRecorded, type Surroundings } from "../cli/run-recorded.ts";
import { type CommandProcess, startProcess } from "../cli/start-process.ts";
import { createWorkspace, type Workspace } from "../cli/workspace.ts";
import { resultLines } from "../experiments/result-lines.ts";
import { writeBenchmark } from "../experiments/write-benchmark.ts";
import { startRedis, type TestRedis } from "./start-redis.ts";

/** The data set of a lab, `picture-world/animals`. */
export const LAB_BENCHMARK = { theme: "animals", train: 6, test: 5 } as const;

/** A worker in a process of its own. */
export interface LabWorker extends CommandProcess {
  /** What it wrote to stderr so far. */
  log(): string;
  /** Waits until it has written something that matches. */
  until(pattern: RegExp): Promise<void>;
}

/** A Redis, a tiny model and data set, and commands that use them. */
export interface QueueLab {
  readonly work: Workspace;
  readonly redis: TestRedis;
  /** Runs `lamm experiment few-shot` in this process; over the queue if asked for. */
  experiment(
    out: string,
    options: { readonly flags: readonly string[]; readonly queue?: boolean } & Surroundings,
  ): Promise<CommandRecord>;
  /** Starts `lamm worker` with a cache and checkpoints of its own, as on another machine. */
  startWorker(name: string, flags?: readonly string[]): LabWorker;
  /** The results of a folder as text, without what no two runs share. */
  resultsOf(out: string): string;
  /** Ends all workers and the Redis. */
  close(): Promise<void>;
}

/** Milliseconds between two looks at a log. */
const LOOK_INTERVAL = 20;

/** Opens a lab in a temporary folder. */
export async function openQueueLab(): Promise<QueueLab> {
  const work = await createWorkspace();
  await writeBenchmark(work.path("data"), LAB_BENCHMARK);
  const redis = await startRedis();
  const workers: LabWorker[] = [];
  const data = ["--data", work.path("data"), "--datasets", "picture-world/animals"];
  return {
    work,
    redis,
    experiment(out, { flags, queue = false, ...surroundings }) {
      const place = ["--out", work.path(out), "--threads", "1", ...(queue ? ["--queue", redis.url] : [])];
      return runRecorded(
        ["experiment", "few-shot", ...data, "--models", work.model, ...place, ...flags],
        surroundings,
      );
    },
    startWorker(name, flags = []) {
      const own = ["--cache", work.path(name, "cache.sqlite"), "--checkpoints", work.path(name, "state")];
      const argv = ["worker", "--queue", redis.url, "--data", work.path("data"), "--threads", "1", ...own];
      const worker = startLogged([...argv, "--jobs", "1", ...flags]);
      workers.push(worker);
      return worker;
    },
    resultsOf: (out) => resultLines(work.path(out)),
    async close() {
      for (const worker of workers) worker.kill("SIGKILL");
      await Promise.all(workers.map(({ ended }) => ended));
      await redis.remove();
      work.remove();
    },
  };
}

function startLogged(argv: readonly string[]): LabWorker {
  let log = "";
  let hasEnded = false;
  const child = startProcess(argv, {
    onStderr: (text) => {
      log += text;
    },
  });
  const ended = child.ended.finally(() => {
    hasEnded = true;
  });
  return {
    ...child,
    ended,
    log: () => log,
    async until(pattern) {
      while (!pattern.test(log)) {
        if (hasEnded) throw new Error(`the worker ended without ${pattern}:\n${log}`);
        await setTimeout(LOOK_INTERVAL);
      }
    },
  };
}
