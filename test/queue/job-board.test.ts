import { setTimeout } from "node:timers/promises";
import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createJobBoard } from "../../src/experiments/queue/job-board.ts";
import { noRedis, startRedis, type TestRedis } from "../support/queue/start-redis.ts";

let redis: TestRedis;
let client: Redis;

beforeAll(async () => {
  if (noRedis !== undefined) return;
  redis = await startRedis();
  client = new Redis(redis.url, { maxRetriesPerRequest: null });
});

afterAll(async () => {
  client?.disconnect();
  await redis?.remove();
});

test("a job that another experiment has taken back is added again, with a notice that is true", async (context) => {
  if (noRedis !== undefined) return context.skip(noRedis);
  const queue = new Queue("shared", { connection: client });
  const notices: string[] = [];
  const first = createJobBoard(queue, () => {});
  const second = createJobBoard(queue, (notice) => void notices.push(notice));
  const spec = { id: "cell-shared", name: "cell", data: {} } as const;
  const abort = new AbortController();
  const taken = first.run(spec, abort.signal);
  while ((await queue.getJob(spec.id)) === undefined) await setTimeout(5);
  void second.run(spec);
  // It has found the job before that is gone.
  while (notices.length === 0) await setTimeout(5);
  abort.abort();
  expect(await taken).toBeUndefined();
  while (notices.length === 1) await setTimeout(5);
  first.close();
  second.close();
  expect(await queue.getJobCountByTypes("waiting")).toBe(1);
  expect(notices).toEqual([
    "no worker is connected to the queue; start one with `lamm worker --queue`",
    "jobs were gone from the queue; they are in it again (1)",
  ]);
});
