import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readImageFolder } from "../../src/data/image-folder.ts";
import { LABEL_SETS } from "./labels.ts";
import { domains, pools } from "./pools.ts";
import type { Theme } from "./theme.ts";
import { type WriteBenchmarksOptions, writeBenchmarks } from "./write-benchmarks.ts";

const theme: Theme = {
  name: "two-things",
  classes: { dog: ["dog face", "dog"], "red apple": ["red apple"] },
};
let folder = "";
const written: boolean[] = [];
const write = (options: Partial<WriteBenchmarksOptions> = {}) =>
  writeBenchmarks({
    folder,
    themes: [theme],
    onTheme: (_, isNew) => void written.push(isNew),
    ...options,
  });
const root = () => join(folder, "two-things");
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "lamm-benchmarks-"));
  await write();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("what is written", () => {
  test("writes an image folder with all pools", () => {
    const { classNames, splits } = readImageFolder(join(root(), "images"));
    expect(classNames).toEqual(["dog", "red apple"]);
    expect(splits.train).toHaveLength(2 * pools.train.pictures);
    expect(splits.val).toHaveLength(2 * pools.val.pictures);
    expect(splits.test).toHaveLength(2 * pools.test.pictures);
    for (const { folder: domain, pictures } of Object.values(domains))
      expect(readImageFolder(join(root(), domain)).all).toHaveLength(2 * pictures);
  });

  test("writes a split as those of the real data sets", () => {
    const split = JSON.parse(readFileSync(join(root(), "split_zhou_TwoThings.json"), "utf8"));
    expect(Object.keys(split)).toEqual(["train", "val", "test"]);
    expect(split.test).toHaveLength(2 * pools.test.pictures);
    expect(split.train[0]).toEqual(["train/dog/01.jpg", 0, "dog"]);
    expect(split.val.at(-1)).toEqual(["val/red_apple/04.jpg", 1, "red apple"]);
  });

  test("writes labels that are off, by class folder", () => {
    expect(readdirSync(join(root(), "labels")).sort()).toEqual(LABEL_SETS.map((set) => `${set}.json`).sort());
    const german = JSON.parse(readFileSync(join(root(), "labels", "german.json"), "utf8"));
    expect(german).toEqual({ dog: "hundegesicht", red_apple: "roter apfel" });
  });

  test("draws the same pictures again, and leaves alone what is there", async () => {
    const picture = join(root(), "images", "test", "dog", "03.jpg");
    const before = readFileSync(picture);
    writeFileSync(picture, "changed");
    written.length = 0;
    await write();
    await write({ domains: false });
    expect(readFileSync(picture, "utf8")).toBe("changed");
    writeFileSync(join(root(), "benchmark.json"), "cut off");
    await write();
    expect(readFileSync(picture)).toEqual(before);
    expect(written).toEqual([false, false, true]);
  });

  test("begins anew where a run was ended", async () => {
    rmSync(root(), { recursive: true });
    mkdirSync(join(`${root()}.unfinished`, "images", "train", "dog"), { recursive: true });
    writeFileSync(join(`${root()}.unfinished`, "images", "train", "dog", "99.jpg"), "half");
    await write();
    expect(readdirSync(folder)).toEqual(["two-things"]);
    expect(readdirSync(join(root(), "images", "train", "dog"))).toHaveLength(pools.train.pictures);
  });
});

describe("what may be asked for", () => {
  test("draws the first pictures of each pool if fewer are wanted, and all of them later", async () => {
    const few = mkdtempSync(join(tmpdir(), "lamm-benchmarks-few-"));
    const picture = join("two-things", "images", "train", "dog", "03.jpg");
    try {
      await write({ folder: few, domains: false, perClass: 3 });
      expect(readImageFolder(join(few, "two-things", "images")).all).toHaveLength(2 * 3 * 3);
      expect(readFileSync(join(few, picture))).toEqual(readFileSync(join(folder, picture)));
      expect(readdirSync(join(few, "two-things"))).not.toContain("domains");
      await write({ folder: few, domains: false });
      expect(readdirSync(join(few, "two-things", "images", "train", "dog"))).toHaveLength(
        pools.train.pictures,
      );
      await write({ folder: few });
      expect(readdirSync(join(few, "two-things", "domains")).sort()).toEqual(Object.keys(domains).sort());
    } finally {
      rmSync(few, { recursive: true, force: true });
    }
  });

  test("deletes nothing that is no benchmark", async () => {
    const own = mkdtempSync(join(tmpdir(), "lamm-benchmarks-own-"));
    try {
      mkdirSync(join(own, "two-things"));
      writeFileSync(join(own, "two-things", "photo.jpg"), "mine");
      await expect(write({ folder: own })).rejects.toThrow(
        'two-things: expected no folder, an empty one, or a benchmark with its benchmark.json, got a folder with "photo.jpg" and no benchmark.json. Move it away, or write the benchmarks to another folder.',
      );
      expect(readFileSync(join(own, "two-things", "photo.jpg"), "utf8")).toBe("mine");
      expect(readdirSync(own)).toEqual(["two-things"]);
    } finally {
      rmSync(own, { recursive: true, force: true });
    }
  });

  test.each([0, 1.5, Number.NaN])("refuses %s pictures of a class", async (perClass) => {
    await expect(write({ perClass })).rejects.toThrow(
      `perClass: expected a whole number from 1, got ${perClass}.`,
    );
  });
});
