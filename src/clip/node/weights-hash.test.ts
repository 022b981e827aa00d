import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { hashFile, hashWeights } from "./weights-hash.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const root = mkdtempSync(join(tmpdir(), "lamm-hash-"));
let folder = root;
let file = "";
beforeEach(() => {
  folder = mkdtempSync(join(root, "case-"));
  file = join(folder, "weights");
  writeFileSync(file, "abc");
  vi.stubEnv("LAMM_CACHE", join(folder, "cache"));
});
afterEach(() => vi.unstubAllEnvs());
afterAll(() => rmSync(root, { recursive: true }));

const records = () =>
  readdirSync(join(folder, "cache", "hashes")).map((name) => join(folder, "cache", "hashes", name));

test("is the SHA-256 of the bytes", async () => {
  expect(await hashFile(file)).toBe(sha256("abc"));
});

test("is remembered: the file is not read again while length and time are the same", async () => {
  utimesSync(file, 1000, 1000);
  await hashFile(file);
  writeFileSync(file, "xyz");
  utimesSync(file, 1000, 1000);
  expect(await hashFile(file)).toBe(sha256("abc"));
});

test("is computed again after a change", async () => {
  await hashFile(file);
  writeFileSync(file, "abcd");
  expect(await hashFile(file)).toBe(sha256("abcd"));
  writeFileSync(file, "dcba");
  utimesSync(file, 1000, 1000);
  expect(await hashFile(file)).toBe(sha256("dcba"));
  expect(records()).toHaveLength(1);
});

test("does without a record that is damaged, or a cache that cannot be written", async () => {
  await hashFile(file);
  for (const record of records()) writeFileSync(record, '{"sha256": "0"}');
  expect(await hashFile(file)).toBe(sha256("abc"));
  vi.stubEnv("LAMM_CACHE", join(file, "no-folder"));
  expect(await hashFile(file)).toBe(sha256("abc"));
});

test("of a file in the hub's cache is its name", async () => {
  const digest = sha256("something else");
  mkdirSync(join(folder, "blobs"));
  writeFileSync(join(folder, "blobs", digest), "abc");
  symlinkSync(join(folder, "blobs", digest), join(folder, "model.safetensors"));
  expect(await hashFile(join(folder, "model.safetensors"))).toBe(digest);
});

test("of several files is one, whatever their order, and depends on each", async () => {
  const other = join(folder, "other");
  writeFileSync(other, "def");
  const paths: [string, string][] = [
    ["m-1", file],
    ["m-2", other],
  ];
  const hash = await hashWeights("index", new Map(paths));
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  expect(await hashWeights("index", new Map(paths.toReversed()))).toBe(hash);
  writeFileSync(other, "defg");
  expect(await hashWeights("index", new Map(paths))).not.toBe(hash);
  expect(await hashWeights(file)).toBe(sha256("abc"));
});
