import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readImageFolder } from "../../src/data/image-folder.ts";
import { LABEL_SETS, labelsOf } from "./labels.ts";
import { domains, pools } from "./pools.ts";
import type { Theme } from "./theme.ts";
import { classesOf } from "./theme-classes.ts";
import { themes } from "./themes.ts";
import { writeBenchmarks } from "./write-benchmarks.ts";

const pretraining = JSON.parse(readFileSync(join(import.meta.dirname, "..", "pretrain.json"), "utf8"));

test("there are eleven themes of 10 to 40 classes", () => {
  expect(themes).toHaveLength(11);
  expect(new Set(themes.map(({ name }) => name)).size).toBe(11);
  for (const theme of themes) {
    const count = classesOf(theme).length;
    expect(count, theme.name).toBeGreaterThanOrEqual(10);
    expect(count, theme.name).toBeLessThanOrEqual(40);
  }
});

describe.each(themes.map((theme) => [theme.name, theme] as const))("%s", (_, theme) => {
  const classes = classesOf(theme);

  test.each(Object.entries({ ...pools, ...domains }))("has artwork for each class in %s", (_, { styles }) => {
    const bare = classes.filter(
      ({ concepts }) => !concepts.some((concept) => styles.some((style) => concept.styles.includes(style))),
    );
    expect(bare.map(({ name }) => name)).toEqual([]);
  });

  test("shows no concept in two classes", () => {
    const concepts = classes.flatMap((own) => own.concepts.map(({ hexcode }) => hexcode));
    expect(new Set(concepts).size).toBe(concepts.length);
  });

  test.each(LABEL_SETS)("has a label of its own for each class among %s, and none is its name", (set) => {
    const labels = labelsOf(set, classes);
    expect(new Set(labels).size).toBe(classes.length);
    expect(labels).not.toContain("");
    const kept = classes.filter(({ name }, index) => labels[index] === name);
    // Loan words are the same in German.
    expect(kept.length).toBeLessThanOrEqual(set === "german" ? classes.length / 2 : 0);
  });
});

test("train, val and test have no style in common, and pre-training none of train, test and domains", () => {
  const styles = Object.values(pools).flatMap((pool) => pool.styles);
  expect(new Set(styles).size).toBe(styles.length);
  const unseen = [pools.train, pools.test, ...Object.values(domains)].flatMap((pool) => pool.styles);
  for (const style of pretraining.source.options.styles) expect(unseen).not.toContain(style);
});

test("refuses a class whose concept there is not", () => {
  const theme: Theme = { name: "odd", classes: { dog: ["dog face"], llama: ["lama"] } };
  expect(() => classesOf(theme)).toThrow(
    'benchmark odd, class "llama": expected concepts of picture-world, got "lama".',
  );
});

describe("writeBenchmarks", () => {
  const theme: Theme = {
    name: "two-things",
    classes: { dog: ["dog face", "dog"], "red apple": ["red apple"] },
  };
  let folder = "";
  const written: boolean[] = [];
  const write = () =>
    writeBenchmarks({ folder, themes: [theme], onTheme: (_, isNew) => void written.push(isNew) });
  const root = () => join(folder, "two-things");
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "lamm-benchmarks-"));
    await write();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

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
    await write();
    expect(readFileSync(picture, "utf8")).toBe("changed");
    rmSync(join(root(), "benchmark.json"));
    await write();
    expect(readFileSync(picture)).toEqual(before);
    expect(written).toEqual([true, false, true]);
  });
});
