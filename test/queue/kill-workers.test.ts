import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createRandom, type Random } from "../../src/tensor/random.ts";
import { openQueueLab, type QueueLab } from "../support/queue/queue-lab.ts";
import { noRedis } from "../support/queue/start-redis.ts";

/** Workers at a time. */
const WORKERS = 3;
const KILLS = 10;
/** Longest pause before a kill, in milliseconds. */
const LONGEST_PAUSE = 300;
/** Of a cell with training, which lasts longer than a pause. */
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
    const random = createRandom(11);
    // A machine that is fast enough ends a grid before ten kills, and gets another one.
    for (let [kills, round] = [0, 0]; kills < KILLS; round++) {
      const seeds = `${2 * round + 1},${2 * round + 2}`;
      const grid = ["--methods", "zero-shot,lamm,gda", "--shots", "2,4", "--seeds", seeds];
      const flags = [...grid, "--set", `lamm.epochs=${EPOCHS}`];
      expect((await lab.experiment(`local ${round}`, { flags })).exitCode).toBe(0);
      const running = lab.experiment(`queue ${round}`, { flags, queue: true });
      kills += await killWorkers(running, { random, most: KILLS - kills, round });
      const { exitCode, stderr } = await running;
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr });
      expect(lab.resultsOf(`queue ${round}`)).toBe(lab.resultsOf(`local ${round}`));
    }
  },
  TIMEOUT,
);

/** Kills workers at random moments of their cells, and starts another for each; gives the number of kills, `most` at the most. */
async function killWorkers(
  running: Promise<unknown>,
  { random, most, round }: { readonly random: Random; readonly most: number; readonly round: number },
): Promise<number> {
  let started = 0;
  const start = () => lab.startWorker(`worker ${round}.${started++}`);
  const workers = Array.from({ length: WORKERS }, start);
  let isDone = false;
  const ended = () => {
    isDone = true;
  };
  running.then(ended, ended);
  let kills = 0;
  while (kills < most && !isDone) {
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
  await running;
  for (const worker of workers) worker.kill("SIGKILL");
  return kills;
}
