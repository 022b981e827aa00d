import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { openFeatureCache } from "../data/feature-cache.ts";
import { inspectFeatureCache, inspectHubCache } from "./inspect-caches.ts";

const root = mkdtempSync(join(tmpdir(), "lamm-caches-"));
let folder = root;
let blocked = root;
beforeEach(() => {
  folder = mkdtempSync(join(root, "case-"));
  const file = join(folder, "file");
  writeFileSync(file, "");
  blocked = join(file, "below");
});
afterAll(() => rmSync(root, { recursive: true }));

const throughFile = (path: string) =>
  `${path}: expected a file that can be written, got a path through something that is not a folder (ENOTDIR). Choose another path.`;

describe("the hub's cache", () => {
  test("has as many bytes as its contents, whatever points at them", () => {
    const hub = join(folder, "hub");
    for (const name of ["models--a--b", "models--c--d", "datasets--e--f"]) {
      mkdirSync(join(hub, name, "blobs"), { recursive: true });
      mkdirSync(join(hub, name, "snapshots"));
      writeFileSync(join(hub, name, "blobs", "x"), new Uint8Array(1000));
      symlinkSync(join("..", "blobs", "x"), join(hub, name, "snapshots", "model.safetensors"));
    }
    expect(inspectHubCache(hub)).toEqual({ folder: hub, models: 2, bytes: 3000 });
  });

  test("is empty where it is not there yet, and is not made", () => {
    const hub = join(folder, "to", "be", "made");
    expect(inspectHubCache(hub)).toEqual({ folder: hub, models: 0, bytes: 0 });
    expect(existsSync(join(folder, "to"))).toBe(false);
  });

  test("that cannot be made says how to move it", () => {
    const problem = `${throughFile(blocked)} HF_HOME names another folder.`;
    expect(inspectHubCache(blocked)).toEqual({ folder: blocked, models: 0, bytes: 0, problem });
  });
});

describe("the cache of features", () => {
  const keep = (file: string, count: number, weightsHash: string) => {
    const cache = openFeatureCache({ file, preprocessing: "p", weightsHash, onWarning: expect.unreachable });
    const entries = Array.from({ length: count }, (_, index) => ({
      contentHash: String(index).padStart(64, "0"),
      view: "centre",
      feature: new Float32Array(512),
    }));
    cache.put(entries);
    return cache;
  };

  test("has the features of all models, while it is in use as well", () => {
    const file = join(folder, "features.sqlite");
    const open = keep(file, 3, "one");
    keep(file, 4, "two").close();
    const { bytes, ...rest } = inspectFeatureCache(file);
    expect(rest).toEqual({ file, features: 7 });
    expect(bytes).toBeGreaterThan(7 * 512 * 4);
    open.close();
  });

  test("is empty where it is not there yet, and is not made", () => {
    const file = join(folder, "features.sqlite");
    expect(inspectFeatureCache(file)).toEqual({ file, features: 0, bytes: 0 });
    expect(existsSync(file)).toBe(false);
    writeFileSync(file, "");
    expect(inspectFeatureCache(file)).toEqual({ file, features: 0, bytes: 0 });
    expect(readFileSync(file)).toHaveLength(0);
  });

  test("that is damaged says what to do, and how large it is", () => {
    const file = join(folder, "features.sqlite");
    writeFileSync(file, "no database".repeat(100));
    expect(inspectFeatureCache(file)).toMatchObject({
      bytes: 1100,
      features: 0,
      problem: expect.stringMatching(
        /a damaged file \(.*\)\. Delete it; the features are computed again\. LAMM_CACHE names another folder\.$/,
      ),
    });
  });

  test("that is another program's is not counted", () => {
    const file = join(folder, "features.sqlite");
    const other = new DatabaseSync(file);
    other.exec("CREATE TABLE features (x)");
    other.close();
    expect(inspectFeatureCache(file).problem).toContain("got another program's database");
  });

  test("that cannot be made says how to move it", () => {
    const problem = `${throughFile(blocked)} LAMM_CACHE names another folder.`;
    expect(inspectFeatureCache(blocked)).toEqual({ file: blocked, features: 0, bytes: 0, problem });
  });
});
