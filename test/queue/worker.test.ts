import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { writeBenchmark } from "../support/experiments/write-benchmark.ts";
import { LAB_BENCHMARK, type LabWorker, openQueueLab, type QueueLab } from "../support/queue/queue-lab.ts";
import { noRedis } from "../support/queue/start-redis.ts";

/** Where others keep the machine busy a worker alone takes half a minute to start. */
const TIMEOUT = 400_000;
const QUEUE = "lamm-v1";

let lab: QueueLab;
let client: Redis;

beforeAll(async () => {
  if (noRedis !== undefined) return;
  lab = await openQueueLab();
  client = new Redis(lab.redis.url, { maxRetriesPerRequest: null });
});

afterAll(async () => {
  client?.disconnect();
  await lab?.close();
});

beforeEach((context) => {
  if (noRedis !== undefined) context.skip(noRedis);
});

const running: LabWorker[] = [];
const startWorker = (...args: Parameters<QueueLab["startWorker"]>) => {
  const worker = lab.startWorker(...args);
  running.push(worker);
  return worker;
};

afterEach(async () => {
  for (const worker of running) worker.kill("SIGKILL");
  await Promise.all(running.splice(0).map(({ ended }) => ended));
  await client?.flushall();
});

const one = (epochs: number) => [
  "--methods",
  "lamm",
  "--shots",
  "2",
  "--seeds",
  "1",
  "--set",
  `lamm.epochs=${epochs}`,
];

test(
  "Ctrl-C gives a cell back with its state, and another worker goes on from there",
  async () => {
    // Long enough that no machine ends it between the first checkpoint and Ctrl-C.
    const flags = one(500);
    await lab.experiment("local", { flags });
    const experiment = lab.experiment("queue", { flags, queue: true });
    const first = startWorker("first");
    await untilCheckpoint(lab.work.path("first", "state"), first);
    first.kill("SIGINT");
    expect((await first.ended).exitCode).toBe(130);
    expect(first.log()).toContain(
      "lamm on picture-world/animals, 2 shots, seed 1: begun\n" +
        "lamm: giving the cells back with their state; press Ctrl-C again to stop at once\n" +
        "lamm on picture-world/animals, 2 shots, seed 1: given back\n",
    );
    const queue = new Queue(QUEUE, { connection: client, prefix: "lamm" });
    expect(await queue.getJobCounts("waiting", "active", "failed")).toEqual({
      waiting: 1,
      active: 0,
      failed: 0,
    });
    const [checkpoint = ""] = await client.keys("lamm-files:*:checkpoint:*");
    const kept = await client.hgetBuffer(checkpoint, "=");
    expect(kept?.includes("lamm.run")).toBe(true);
    startWorker("second");
    expect((await experiment).exitCode).toBe(0);
    expect(lab.resultsOf("queue")).toBe(lab.resultsOf("local"));
    expect(await client.keys("lamm-files:*:checkpoint:*")).toEqual([]);
  },
  TIMEOUT,
);

/** Waits until a worker has written the state of its cell. */
async function untilCheckpoint(folder: string, { log }: LabWorker): Promise<void> {
  while (!existsSync(folder) || !readdirSync(folder).some((name) => name.endsWith(".checkpoint"))) {
    if (/: done/.test(log())) throw new Error(`the cell was done before it could be stopped:\n${log()}`);
    await setTimeout(5);
  }
}

test(
  "pictures are encoded once, and their features reach a worker that has none",
  async () => {
    const flags = ["--methods", "zero-shot,gda", "--shots", "2", "--seeds", "1,2"];
    const first = startWorker("encoder");
    expect((await lab.experiment("encoded", { flags, queue: true })).exitCode).toBe(0);
    expect(first.log().match(/encoded \d+ pictures/g)).toHaveLength(1);
    first.kill("SIGKILL");
    await first.ended;
    const second = startWorker("taker");
    const more = ["--methods", "zero-shot,gda,tip-adapter", "--shots", "2", "--seeds", "1,2"];
    expect((await lab.experiment("encoded", { flags: more, queue: true })).exitCode).toBe(0);
    expect(second.log()).not.toContain("encoded");
    expect(second.log()).toContain("tip-adapter on picture-world/animals, 2 shots, seed 2: done");
    await lab.experiment("encoded here", { flags: more });
    expect(lab.resultsOf("encoded")).toBe(lab.resultsOf("encoded here"));
  },
  TIMEOUT,
);

test(
  "a worker with other data refuses; alone it fails the cell, and beside another one it does not",
  async () => {
    const flags = ["--methods", "zero-shot", "--shots", "2", "--seeds", "1"];
    await writeBenchmark(lab.work.path("other"), { ...LAB_BENCHMARK, identity: "other" });
    const other = ["--data", lab.work.path("other")];
    const stranger = startWorker("stranger", other);
    await stranger.until(/Takes cells/);
    const alone = await lab.experiment("refused", { flags, queue: true });
    expect(alone.exitCode).toBe(1);
    expect(alone.stderr).toContain(
      "zero-shot on picture-world/animals failed: cell of picture-world/animals, " +
        `${lab.work.model}: expected the data, weights and software that it was planned with, got other pictures of ` +
        "picture-world/animals, on all workers that are there. Use the same version of lamm, the same model and the same data set on all machines.\n",
    );
    await startWorker("fitting").until(/Takes cells/);
    expect((await lab.experiment("refused", { flags, queue: true })).exitCode).toBe(0);
  },
  TIMEOUT,
);

test(
  "a cell that fails says why as a local one does, in every run",
  async () => {
    await writeBenchmark(lab.work.path("broken"), LAB_BENCHMARK);
    const picture = lab.work.path("broken", "animals", "images", "test", "cat", "1.png");
    writeFileSync(picture, "not a picture");
    const broken = ["--data", lab.work.path("broken")];
    const flags = ["--methods", "zero-shot", ...broken];
    startWorker("tries", broken);
    const runs = [];
    for (let attempt = 0; attempt < 2; attempt++) {
      runs.push(await lab.experiment("failing", { flags, queue: true }));
    }
    const local = await lab.experiment("failing here", { flags });
    const [line = ""] = local.stderr.match(/lamm: zero-shot on .* failed: .*\n/) ?? [];
    expect(line).toContain(picture);
    for (const { exitCode, stderr } of runs) {
      expect(exitCode).toBe(1);
      expect(stderr).toContain(line);
    }
  },
  TIMEOUT,
);

test(
  "stopping the experiment takes back what nobody works on",
  async () => {
    const flags = ["--methods", "gda", "--shots", "1,2", "--seeds", "1,2,3"];
    let interrupt = () => {};
    const stopped = await lab.experiment("stopped", {
      flags,
      queue: true,
      onListening: (callback) => {
        interrupt = callback;
      },
      onStderr: (text) => {
        if (text.includes("no worker is connected")) interrupt();
      },
    });
    expect(stopped.exitCode).toBe(130);
    expect(stopped.stderr).toContain("Stopped. Cells that are done are kept; to go on:\n");
    const queue = new Queue(QUEUE, { connection: client, prefix: "lamm" });
    expect(await queue.getJobCountByTypes("waiting", "active", "delayed")).toBe(0);
  },
  TIMEOUT,
);
