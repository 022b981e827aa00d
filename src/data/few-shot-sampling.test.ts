import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { createRandom } from "../tensor/random.ts";
import { sampleShots } from "./few-shot-sampling.ts";

interface DrawCase {
  readonly case: string;
  readonly train_counts: readonly number[];
  readonly val_counts: readonly number[];
  readonly shots: number;
  readonly seed: number;
  readonly train: readonly (readonly number[])[];
  readonly val: readonly (readonly number[])[];
}

const root = join(import.meta.dirname, "../..");
const golden = JSON.parse(readFileSync(join(root, "test/golden/few-shot-sampling.json"), "utf8")) as {
  cases: DrawCase[];
};
const pool = (counts: readonly number[]) =>
  counts.flatMap((count, label) => Array.from({ length: count }, (_, index) => ({ label, index })));
const byClass = (items: readonly { label: number; index: number }[], classes: number) =>
  Array.from({ length: classes }, (_, label) =>
    items.filter((item) => item.label === label).map(({ index }) => index),
  );

describe("sampleShots draws what CPython draws", () => {
  test.each(golden.cases)("$case, $shots shots, seed $seed", (expected) => {
    const drawn = sampleShots(
      { train: pool(expected.train_counts), val: pool(expected.val_counts) },
      { shots: expected.shots, random: createRandom(expected.seed) },
    );
    expect(byClass(drawn.train, expected.train_counts.length)).toEqual(expected.train);
    expect(byClass(drawn.val, expected.val_counts.length)).toEqual(expected.val);
  });
});

const shared = resolve(root, process.env.LAMM_SHARED ?? "../shared");
const splits = join(shared, "splits");

describe.skipIf(!existsSync(splits))(
  "sampleShots on Caltech101 (skipped where the published splits are not there)",
  () => {
    type Row = readonly [path: string, label: number, name: string];
    const read = (file: string) =>
      JSON.parse(readFileSync(join(splits, file), "utf8")) as { train: Row[]; val: Row[] };
    const runs = [1, 2, 4, 8, 16].flatMap((shots) => [1, 2, 3].map((seed) => ({ shots, seed })));

    test.each(runs)("$shots shots, seed $seed", ({ shots, seed }) => {
      const full = read("split_zhou_Caltech101.json");
      const items = (rows: readonly Row[]) => rows.map(([path, label]) => ({ path, label }));
      const drawn = sampleShots(
        { train: items(full.train), val: items(full.val) },
        { shots, random: createRandom(seed) },
      );
      const published = read(`caltech101-shots/shot_${shots}-seed_${seed}.json`);
      expect(drawn.train.map(({ path }) => path)).toEqual(published.train.map(([path]) => path));
      expect(drawn.val.map(({ path }) => path)).toEqual(published.val.map(([path]) => path));
    });
  },
);

test("sampleShots refuses no shots", () => {
  expect(() => sampleShots({ train: [] }, { shots: 0, random: createRandom(1) })).toThrow(
    "shots: expected a whole number from 1, got 0.",
  );
});
