import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runRecorded } from "../support/cli/run-recorded.ts";
import { openQueueLab, type QueueLab } from "../support/queue/queue-lab.ts";
import { noRedis, startRedis } from "../support/queue/start-redis.ts";

/** Milliseconds for which Redis is away: longer than a worker's lock is valid. */
const AWAY = 8000;
/** Where others keep the machine busy a worker alone takes half a minute to start. */
const TIMEOUT = 400_000;

let lab: QueueLab;

beforeAll(async () => {
  if (noRedis === undefined) lab = await openQueueLab();
});

afterAll(() => lab?.close());

test(
  "a grid goes on when Redis comes back, even without its data",
  async (context) => {
    if (noRedis !== undefined) return context.skip(noRedis);
    const flags = ["--methods", "lamm,gda", "--shots", "2,4", "--seeds", "1,2", "--set", "lamm.epochs=120"];
    expect((await lab.experiment("local", { flags })).exitCode).toBe(0);
    const workers = [lab.startWorker("a"), lab.startWorker("b")];
    // Both are there before the first cell is: one of them could do all before the other is there.
    await Promise.all(workers.map((worker) => worker.until(/Takes cells/)));
    const running = lab.experiment("queue", { flags, queue: true });
    await Promise.all(workers.map((worker) => worker.until(/begun/)));
    await lab.redis.stop();
    await setTimeout(AWAY);
    await lab.redis.restart();
    const { exitCode, stderr } = await running;
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr });
    expect(lab.resultsOf("queue")).toBe(lab.resultsOf("local"));
    const address = new URL(lab.redis.url).host;
    for (const log of [stderr, ...workers.map((worker) => worker.log())]) {
      expect(log.match(/cannot be reached/g)).toHaveLength(1);
      expect(log).toContain(`lamm: Redis at ${address} cannot be reached; waiting for it\n`);
      expect(log).toContain(`lamm: Redis at ${address} is back\n`);
    }
    expect(stderr).toMatch(/lamm: jobs were gone from the queue; they are in it again \(\d+\)\n/);
  },
  TIMEOUT,
);

test("an address where nothing listens is an error after a moment", async (context) => {
  if (noRedis !== undefined) return context.skip(noRedis);
  const gone = await startRedis();
  await gone.remove();
  const host = new URL(gone.url).host;
  const { exitCode, stdout, stderr } = await runRecorded(["worker", "--queue", gone.url]);
  expect({ exitCode, stdout, stderr }).toEqual({
    exitCode: 1,
    stdout: "",
    stderr: `lamm: Redis at ${host}: expected an answer, got connect ECONNREFUSED ${host}. Start redis-server there, or name another address with --queue.\n`,
  });
});

test("passwords are asked for, used, and never shown", async (context) => {
  if (noRedis !== undefined) return context.skip(noRedis);
  const guarded = await startRedis({ password: "open-sesame" });
  try {
    const { host } = new URL(guarded.url);
    const letIn = "Put user and password into the address: redis://user:password@host.\n";
    const without = await runRecorded(["worker", "--queue", `redis://${host}`]);
    expect(without.stderr).toBe(
      `lamm: Redis at ${host}: expected to be let in, got asked for a password. ${letIn}`,
    );
    const wrong = await runRecorded(["worker", "--queue", `redis://:secret@${host}`]);
    expect(wrong.stderr).toBe(
      `lamm: Redis at ${host}: expected to be let in, got told that user or password are wrong. ${letIn}`,
    );
    let interrupt = () => {};
    const right = await runRecorded(["worker", "--queue", guarded.url, "--jobs", "2"], {
      onListening: (callback) => {
        interrupt = callback;
      },
      onStderr: (text) => {
        if (text.startsWith("Takes cells")) setImmediate(() => interrupt());
      },
    });
    expect(right).toEqual({
      exitCode: 130,
      stdout: "",
      stderr:
        `Takes cells from Redis at ${host}, 2 at a time; Ctrl-C gives them back and ends.\n` +
        "lamm: giving the cells back with their state; press Ctrl-C again to stop at once\n",
    });
  } finally {
    await guarded.remove();
  }
});
