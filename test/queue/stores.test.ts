import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { openFeatureCache } from "../../src/data/feature-cache.ts";
import { CENTRE_VIEW, packFeatures } from "../../src/experiments/packed-features.ts";
import { createCheckpointRelay } from "../../src/experiments/queue/checkpoint-relay.ts";
import { createFeatureStore } from "../../src/experiments/queue/feature-store.ts";
import { noRedis, startRedis, type TestRedis } from "../support/queue/start-redis.ts";

const KEY = "ab".repeat(32);

let redis: TestRedis;
let client: Redis;
let folder: string;

beforeAll(async () => {
  if (noRedis !== undefined) return;
  redis = await startRedis();
  client = new Redis(redis.url, { maxRetriesPerRequest: null });
});

beforeEach(async (context) => {
  if (noRedis !== undefined) return context.skip(noRedis);
  await client.flushall();
  folder = mkdtempSync(join(tmpdir(), "lamm-stores-"));
  return () => rmSync(folder, { recursive: true });
});

afterAll(async () => {
  client?.disconnect();
  await redis?.remove();
});

/** A relay of a machine with a folder of its own. */
function relayOf(machine: string, onNotice: (notice: string) => void = () => {}) {
  const own = join(folder, machine);
  mkdirSync(own, { recursive: true });
  return { own, relay: createCheckpointRelay(client, { queue: "q", folder: own, onNotice }) };
}

test("checkpoints of all trainings of a cell reach another machine, those of other cells do not", async () => {
  const a = relayOf("a");
  const b = relayOf("b");
  const follow = a.relay.follow(KEY);
  writeFileSync(join(a.own, `${KEY}-set1.checkpoint`), "first");
  writeFileSync(join(a.own, `${KEY}.checkpoint`), Buffer.from([0, 255, 128]));
  writeFileSync(join(a.own, `${"cd".repeat(32)}.checkpoint`), "of another cell");
  writeFileSync(join(a.own, `.${KEY}.checkpoint.1.tmp`), "not finished");
  await follow(true);
  await b.relay.restore(KEY);
  expect(readdirSync(b.own).sort()).toEqual([`${KEY}-set1.checkpoint`, `${KEY}.checkpoint`]);
  expect(readFileSync(join(b.own, `${KEY}.checkpoint`))).toEqual(Buffer.from([0, 255, 128]));
  await b.relay.clear(KEY);
  const c = relayOf("c");
  await c.relay.restore(KEY);
  expect(readdirSync(c.own)).toEqual([]);
});

test("without a last copy Redis keeps what it had", async () => {
  const a = relayOf("a");
  writeFileSync(join(a.own, `${KEY}.checkpoint`), "older");
  await a.relay.follow(KEY)(true);
  const follow = a.relay.follow(KEY);
  writeFileSync(join(a.own, `${KEY}.checkpoint`), "newer");
  await follow(false);
  const b = relayOf("b");
  await b.relay.restore(KEY);
  expect(readFileSync(join(b.own, `${KEY}.checkpoint`), "utf8")).toBe("older");
});

test("what Redis says names no file outside of the folder", async () => {
  await client.hset(`lamm-files:q:checkpoint:${KEY}`, "=/../../evil", "x", "=-ok", "y");
  const { own, relay } = relayOf("a");
  await relay.restore(KEY);
  expect(readdirSync(own)).toEqual([`${KEY}-ok.checkpoint`]);
  expect(readdirSync(folder)).toEqual(["a"]);
});

test("checkpoints that are too large stay where they are, with a notice", async () => {
  const notices: string[] = [];
  const { own, relay } = relayOf("a", (notice) => notices.push(notice));
  writeFileSync(join(own, `${KEY}.checkpoint`), Buffer.alloc(65 * 2 ** 20));
  await relay.follow(KEY)(true);
  expect(notices).toEqual(["checkpoints of a cell have 68 MB and are not copied to Redis"]);
  expect(await client.keys("*")).toEqual([]);
});

const cacheOf = (machine: string) => ({
  preprocessing: "p",
  weightsHash: "w",
  file: join(folder, `${machine}.sqlite`),
  onWarning: (message: string) => expect.unreachable(message),
});

test("features reach another machine's cache bit for bit, and only those that it lacks are fetched", async () => {
  const entries = [1, 2, 3].map((value) => ({
    contentHash: `0${value}`.repeat(32),
    feature: Float32Array.of(value, 1 / value, -0),
  }));
  const [first, second, third] = entries as [(typeof entries)[0], (typeof entries)[0], (typeof entries)[0]];
  const store = createFeatureStore(client, "q");
  await store.put("set", "one", packFeatures([first, second]));
  await store.put("set", "two", packFeatures([third]));
  expect([await store.has("set", "one"), await store.has("set", "three")]).toEqual([true, false]);
  const known = openFeatureCache(cacheOf("b"));
  known.put([{ ...third, feature: Float32Array.of(7, 7, 7), view: CENTRE_VIEW }]);
  await createFeatureStore(client, "q").fetch("set", cacheOf("b"));
  const found = entries.map(({ contentHash }) => known.get({ contentHash, view: CENTRE_VIEW }));
  known.close();
  expect(found).toEqual([first.feature, second.feature, Float32Array.of(7, 7, 7)]);
});

test("a set that is not there leaves the cache alone", async () => {
  await createFeatureStore(client, "q").fetch("nothing", cacheOf("c"));
  expect(readdirSync(folder)).toEqual([]);
});
