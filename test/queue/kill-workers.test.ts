import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createRandom } from "../../src/tensor/random.ts";
import { openQueueLab, type QueueLab } from "../support/queue/queue-lab.ts";
import { noRedis } from "../support/queue/start-redis.ts";

/** Workers at a time. */
const WORKERS = 3;
const KILLS = 10;
/** Longest pause before a kill, in milliseconds. */
const LONGEST_PAUSE = 300;
/** Of a cell with training: all of them together last longer than ten pauses on any machine. */
const EPOCHS = 300;
/** Half a minute on a machine of its own; where others keep it busy a worker alone takes that long to start, and there are thirteen. */
const TIMEOUT = 600_000;

let lab: QueueLab;

beforeAll(async () => {
  if (noRedis === undefined) lab = await openQueueLab();
});

afterAll(() => lab?.close());

test(
  "a grid whose workers are killed again and again has the results of a local run",
  async (context) => {
    if (noRedis !== undefined) return context.skip(noRedis);
    const epochs = ["--set", `lamm.epochs=${EPOCHS}`];
    const flags = ["--methods", "zero-shot,lamm,gda", "--shots", "2,4", "--seeds", "1,2", ...epochs];
    expect((await lab.experiment("local", { flags })).exitCode).toBe(0);
    const running = lab.experiment("queue", { flags, queue: true });
    const kills = await killWorkers(running);
    const { exitCode, stderr } = await running;
    expect({ exitCode, kills, stderr }).toEqual({ exitCode: 0, kills: KILLS, stderr });
    expect(lab.resultsOf("queue")).toBe(lab.resultsOf("local"));
  },
  TIMEOUT,
);

/** Kills workers at random moments of their cells, and starts another for each; gives the number of kills. */
async function killWorkers(running: Promise<unknown>): Promise<number> {
  const random = createRandom(11);
  let started = 0;
  const start = () => lab.startWorker(`worker ${started++}`);
  const workers = Array.from({ length: WORKERS }, start);
  let isDone = false;
  const ended = () => {
    isDone = true;
  };
  running.then(ended, ended);
  let kills = 0;
  while (kills < KILLS && !isDone) {
    const chosen = random.randBelow(WORKERS);
    const worker = workers[chosen];
    // One that is not at work has nothing to lose.
    if (worker === undefined || !worker.log().trimEnd().endsWith("begun")) {
      await setTimeout(10);
      continue;
    }
    await setTimeout(random.randBelow(LONGEST_PAUSE));
    worker.kill("SIGKILL");
    await worker.ended;
    kills++;
    workers[chosen] = start();
  }
  return kills;
}
