import { expect, test } from "vitest";
import type { Dataset } from "../../data/datasets/dataset.ts";
import { sampleShots } from "../../data/few-shot-sampling.ts";
import { createRandom } from "../../tensor/random.ts";
import { resolveTrainConfig } from "../../training/train-config.ts";
import type { Cell, CellTask } from "../cell.ts";
import { picturesOf } from "../encode-chunk.ts";
import { planEncoding } from "./plan-encoding.ts";

const pictures = (part: string, each: number) =>
  ["a", "b", "c"].flatMap((name, label) =>
    Array.from({ length: each }, (_, index) => ({ path: `${name}/${part}${index}`, label })),
  );
const dataset: Dataset = {
  name: "set",
  classNames: ["a", "b", "c"],
  classIds: ["a", "b", "c"],
  train: pictures("train", 8),
  val: pictures("val", 2),
  test: pictures("test", 3),
  template: "a {}.",
  identity: "i",
};
const TEST = Array.from({ length: 9 }, (_, index) => 24 + index);

function cell(options: Partial<Cell> & { config?: Cell["config"] }): Cell {
  const task: CellTask = "accuracy";
  const config = { method: "zero-shot" } as const;
  return { task, dataset: "set", targets: [], model: "m", config, ...options };
}

const trained = (config: object) =>
  cell({ config: resolveTrainConfig({ method: "gda", shots: 2, seed: 1, ...config }) });

const drawOf = (seed: number, labels = [0, 1, 2]) => {
  const train = dataset.train.filter(({ label }) => labels.includes(label));
  const drawn = sampleShots({ train }, { shots: 2, random: createRandom(seed) }).train;
  return drawn.map((picture) => dataset.train.indexOf(picture));
};
const sorted = (...indices: number[]) => [...new Set(indices)].sort((a, b) => a - b);

test("zero-shot needs the pictures to test on", () => {
  expect(planEncoding([cell({})], dataset)).toEqual(TEST);
});

test("trained methods need what each seed draws besides", () => {
  const cells = [trained({ seed: 1 }), trained({ seed: 2 }), trained({ seed: 1, method: "lamm" })];
  expect(planEncoding(cells, dataset)).toEqual(sorted(...drawOf(1), ...drawOf(2), ...TEST));
});

test("classes in two parts are drawn part by part", () => {
  const { config } = trained({ method: "lamm" });
  const found = planEncoding([cell({ config, task: "incremental" })], dataset);
  expect(found).toEqual(sorted(...drawOf(1, [0, 1]), ...drawOf(1, [2]), ...TEST));
});

test("of a data set that is only tested on, nothing is learned", () => {
  const { config } = trained({});
  const cells = [cell({ config, dataset: "another", targets: ["set"] })];
  expect(planEncoding(cells, dataset)).toEqual(TEST);
  expect(planEncoding([cell({ config, dataset: "another" })], dataset)).toEqual([]);
});

test("several views are not shared, and a prompted image tower's features neither", () => {
  expect(planEncoding([trained({ views: 4 })], dataset)).toEqual(TEST);
  expect(planEncoding([trained({ method: "maple" })], dataset)).toEqual([]);
});

test("chunks count pictures to learn from first", () => {
  expect(picturesOf(dataset)[24]?.path).toBe("a/test0");
});
