import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { StorageError } from "../errors.ts";
import { defaultFeatureCacheFile, type FeatureCache, openFeatureCache } from "./feature-cache.ts";

let folder = "";
let file = "";
let warnings: string[] = [];
let opened: FeatureCache[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lamm-cache-"));
  file = join(folder, "sub", "features.sqlite");
  warnings = [];
  opened = [];
});
afterEach(() => {
  for (const cache of opened) cache.close();
  rmSync(folder, { recursive: true });
});

function open(change: Partial<Parameters<typeof openFeatureCache>[0]> = {}): FeatureCache {
  const onWarning = (message: string) => warnings.push(message);
  const cache = openFeatureCache({ preprocessing: "p", weightsHash: "w", file, onWarning, ...change });
  opened.push(cache);
  return cache;
}

const contentHash = "0f".repeat(32);
const key = { contentHash, view: "center" };
const feature = Float32Array.of(1.5, -2, 3);

test("keeps features by content, view, preprocessing and weights", () => {
  const cache = open();
  expect(cache.get(key)).toBeUndefined();
  cache.put([
    { ...key, feature },
    { ...key, view: "other", feature: feature.map((x) => 2 * x) },
  ]);
  cache.close();
  const again = open();
  expect(again.get(key)).toEqual(feature);
  expect(again.get({ ...key, view: "other" })).toEqual(Float32Array.of(3, -4, 6));
  expect(again.get({ ...key, contentHash: "f0".repeat(32) })).toBeUndefined();
  expect(open({ preprocessing: "other" }).get(key)).toBeUndefined();
  expect(open({ weightsHash: "other" }).get(key)).toBeUndefined();
  expect(warnings).toEqual([]);
});

test("a feature of width 512, 2,048 bytes, takes less than 2,600 of the file", () => {
  const cache = open();
  const entries = Array.from({ length: 500 }, (_, i) => ({
    contentHash: (2654435761 * i).toString(16).padStart(64, "0"),
    view: "center",
    feature: new Float32Array(512).fill(i),
  }));
  cache.put(entries);
  cache.close();
  expect(statSync(file).size / entries.length).toBeLessThan(2600);
});

test("replaces a feature, and takes a part of a larger array", () => {
  const cache = open();
  cache.put([{ ...key, feature }]);
  cache.put([{ ...key, feature: Float32Array.of(9, 8, 7, 6).subarray(1, 3) }]);
  expect(cache.get(key)).toEqual(Float32Array.of(8, 7));
});

test("a closed cache finds and keeps nothing", () => {
  const cache = open();
  cache.put([{ ...key, feature }]);
  cache.close();
  cache.close();
  cache.put([{ ...key, view: "other", feature }]);
  expect(cache.get(key)).toBeUndefined();
  expect(open().get({ ...key, view: "other" })).toBeUndefined();
});

test("lies in the user's cache folder", () => {
  vi.stubEnv("LAMM_CACHE", folder);
  expect(defaultFeatureCacheFile()).toBe(join(folder, "features.sqlite"));
  openFeatureCache({ preprocessing: "p", weightsHash: "w", onWarning: () => undefined }).close();
  expect(existsSync(join(folder, "features.sqlite"))).toBe(true);
  vi.unstubAllEnvs();
});

test("names a damaged file", () => {
  mkdirSync(join(folder, "sub"));
  writeFileSync(file, "not a database, whatever its name says. ".repeat(100));
  expect(() => open()).toThrow(StorageError);
  expect(() => open()).toThrow(
    `${file}: expected a feature cache, got a damaged file (file is not a database). Delete it`,
  );
});

test("names a file that is damaged further in", () => {
  const cache = open();
  const entries = Array.from({ length: 500 }, (_, i) => ({ ...key, view: `view ${i}`, feature }));
  cache.put(entries);
  cache.close();
  const bytes = readFileSync(file);
  bytes.fill(0xa5, 4 * 4096);
  writeFileSync(file, bytes);
  expect(() => {
    const damaged = open();
    for (const entry of entries) damaged.get(entry);
  }).toThrow(/features\.sqlite: expected a feature cache, got a damaged file \(.+\)\. Delete it/);
  expect(warnings).toEqual([]);
});

test("does not touch the cache of a newer version, nor another program's database", () => {
  open().close();
  const database = new DatabaseSync(file);
  database.exec("PRAGMA user_version = 2");
  expect(() => open()).toThrow(
    `${file}: expected a feature cache of version 1, got version 2. Update lamm, delete the file, or keep`,
  );
  database.exec("PRAGMA user_version = 1; PRAGMA application_id = 7");
  expect(() => open()).toThrow("got another program's database. Name another file for the cache.");
  database.close();
});

test("goes on without a cache where its folder cannot be made or its file not be opened", () => {
  writeFileSync(join(folder, "sub"), "");
  const cache = open();
  cache.put([{ ...key, feature }]);
  expect(cache.get(key)).toBeUndefined();
  open({ file: folder });
  expect(warnings).toEqual([
    expect.stringMatching(
      /^The feature cache .*features\.sqlite cannot be used: .+\. Features are not kept\.$/,
    ),
    `The feature cache ${folder} cannot be used: unable to open database file. Features are not kept.`,
  ]);
});

/** A program that keeps features one by one, 4 KiB each, and prints how many it was told are kept. */
const program = `
  import { openFeatureCache } from ${JSON.stringify(new URL("./feature-cache.ts", import.meta.url).href)};
  const [file, from, count] = process.argv.slice(1);
  const cache = openFeatureCache({ preprocessing: "p", weightsHash: "w", file, onWarning: (m) => console.log(m) });
  for (let i = Number(from); i < Number(from) + Number(count); i++) {
    cache.put([{ contentHash: ${JSON.stringify(contentHash)}, view: String(i), feature: new Float32Array(1024).fill(i) }]);
    console.log(i);
  }
`;
const programArguments = ["--input-type=module", "-e", program];

test.skipIf(process.platform === "win32")("warns once when the disk is full, and keeps what it has", () => {
  // A limit on the size of files, in units of 1,024 bytes, fails writes as a full disk does.
  const script = 'ulimit -f 2048; exec "$@"';
  const args = ["-c", script, "bash", process.execPath, ...programArguments, file, "0", "200"];
  const lines = execFileSync("bash", args, { encoding: "utf8" }).trim().split("\n");
  const warningAt = lines.findIndex((line) => line.startsWith("The feature cache"));
  expect(lines).toHaveLength(201);
  expect(warningAt).toBeGreaterThan(10);
  const cache = open();
  expect(cache.get({ contentHash, view: String(warningAt - 1) })?.[0]).toBe(warningAt - 1);
  expect(warnings).toEqual([]);
});

test("serves several processes at once, and keeps what a killed one had", async () => {
  const start = (from: number, count: number) => {
    const child = spawn(process.execPath, [...programArguments, file, String(from), String(count)], {
      cwd: fileURLToPath(new URL(".", import.meta.url)),
    });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    // Listened for at once: a process may end before another says its first word. "close" comes after all of its output.
    return { child, closed: once(child, "close"), output: () => output };
  };
  const first = start(0, 60);
  const second = start(1000, 60);
  const killed = start(2000, 1_000_000);
  await Promise.all([once(killed.child.stdout, "data"), first.closed, second.closed]);
  killed.child.kill("SIGKILL");
  await killed.closed;
  const cache = open();
  const found = (from: number) =>
    Array.from({ length: 60 }, (_, i) => cache.get({ contentHash, view: String(from + i) })?.[0]);
  expect(found(0)).toEqual(Array.from({ length: 60 }, (_, i) => i));
  expect(found(1000)).toEqual(Array.from({ length: 60 }, (_, i) => 1000 + i));
  // The last line may have been cut off; all before it were printed after they were kept.
  const reported = killed.output().split("\n").slice(0, -1);
  expect(reported.length).toBeGreaterThan(0);
  expect(reported.map((view) => String(cache.get({ contentHash, view })?.[0]))).toEqual(reported);
  expect([first.child.exitCode, second.child.exitCode, warnings]).toEqual([0, 0, []]);
});
