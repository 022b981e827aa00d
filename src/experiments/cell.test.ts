import { expect, test } from "vitest";
import { resolveTrainConfig } from "../training/train-config.ts";
import { type Cell, cellKey, digestOfJson, type Ingredients, methodOf, setupKey } from "./cell.ts";

const cell: Cell = {
  task: "transfer",
  dataset: "ImageNet",
  targets: ["ImageNet-V2"],
  model: "ViT-B/16",
  config: resolveTrainConfig({ method: "lamm", shots: 4, seed: 2 }),
};
const ingredients: Ingredients = {
  data: { ImageNet: "a", "ImageNet-V2": "b" },
  weights: "w",
  preprocessing: "p",
  software: { lamm: "1.0.0", engine: "e" },
};
const key = cellKey(cell, ingredients);

test("a key is 64 hexadecimal digits, the same however the objects were made", () => {
  expect(key).toMatch(/^[0-9a-f]{64}$/);
  const software = { engine: "e", lamm: "1.0.0" };
  const config = Object.fromEntries(Object.entries(cell.config).reverse()) as Cell["config"];
  expect(cellKey({ ...cell, config }, { ...ingredients, software })).toBe(key);
});

test("where a model lies, and what a data set is called, has no part in it", () => {
  const renamed = { ...ingredients, data: { mine: "a", "ImageNet-V2": "b" } };
  expect(cellKey({ ...cell, model: "elsewhere", dataset: "mine" }, renamed)).toBe(key);
});

test.each<[string, Partial<Cell>, Partial<Ingredients>]>([
  ["task", { task: "accuracy" }, {}],
  ["targets", { targets: [] }, {}],
  ["shots", { config: resolveTrainConfig({ method: "lamm", shots: 8, seed: 2 }) }, {}],
  ["seed", { config: resolveTrainConfig({ method: "lamm", shots: 4, seed: 3 }) }, {}],
  ["a setting", { config: resolveTrainConfig({ method: "lamm", shots: 4, seed: 2, epochs: 9 }) }, {}],
  ["pictures", {}, { data: { ImageNet: "c", "ImageNet-V2": "b" } }],
  ["pictures of a target", {}, { data: { ImageNet: "a", "ImageNet-V2": "c" } }],
  ["weights", {}, { weights: "v" }],
  ["preprocessing", {}, { preprocessing: "q" }],
  ["software", {}, { software: { lamm: "1.0.1", engine: "e" } }],
])("another %s, another key", (_, otherCell, otherIngredients) => {
  expect(cellKey({ ...cell, ...otherCell }, { ...ingredients, ...otherIngredients })).not.toBe(key);
});

test("a setup is the same for all shots and seeds, and for no other setting", () => {
  const setup = (input: object) =>
    setupKey(
      { ...cell, config: resolveTrainConfig({ method: "lamm", shots: 1, seed: 1, ...input }) },
      ingredients,
    );
  expect(setup({ shots: 16, seed: 3 })).toBe(setup({}));
  expect(setup({ epochs: 3 })).not.toBe(setup({}));
});

test("a method is named as on the command line", () => {
  const named = (method: string) => methodOf({ ...cell, config: resolveTrainConfig({ method }) });
  expect([named("lamm"), named("gda@lamm")]).toEqual(["lamm", "gda@lamm"]);
  expect(methodOf({ ...cell, config: { method: "zero-shot" } })).toBe("zero-shot");
});

test("a digest tells lists apart by their order, objects not", () => {
  expect(digestOfJson({ a: 1, b: [1, 2] })).toBe(digestOfJson({ b: [1, 2], a: 1 }));
  expect(digestOfJson({ b: [1, 2] })).not.toBe(digestOfJson({ b: [2, 1] }));
});
