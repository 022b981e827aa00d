import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { benchmarkNames, pictureWorldNames } from "../data/datasets/registry.ts";
import { chooseAxes } from "./choose-axes.ts";
import { findExperiment } from "./experiments.ts";

let data: string;

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "lamm-data-"));
});

afterEach(() => rmSync(data, { recursive: true }));

const axes = (name: string, given: Parameters<typeof chooseAxes>[1] = {}) =>
  chooseAxes(findExperiment(name), given, data);

test("the paper's eleven on ViT-B/16, at all shots and seeds, where one of them is there", () => {
  mkdirSync(join(data, "dtd"));
  mkdirSync(join(data, "food"));
  expect(axes("few-shot")).toEqual({
    datasets: benchmarkNames,
    shots: [1, 2, 4, 8, 16],
    seeds: [1, 2, 3],
    methods: ["zero-shot", "coop", "maple", "lamm", "coop+lamm", "maple+lamm"],
    models: ["ViT-B/16"],
  });
  expect(axes("ablation-backbone").models).toEqual(["RN50", "RN101", "ViT-B/32", "ViT-B/16"]);
  expect(axes("domain").datasets).toEqual(["ImageNet"]);
});

test("the embedded eleven on the embedded model where none of the paper's is there", () => {
  mkdirSync(join(data, "food"));
  expect(axes("few-shot")).toMatchObject({ datasets: pictureWorldNames, models: ["lamm/picture-world"] });
  expect(axes("domain").datasets).toEqual(pictureWorldNames);
  expect(axes("ablation-backbone").models).toEqual([
    ...["vit-32-64", "vit-32-128", "vit-16-128"].map((name) => join(data, "backbones", name)),
    "lamm/picture-world",
  ]);
});

test("what is given stands, and a group stands for its members, each once", () => {
  const given = { datasets: ["DTD", "paper"], shots: [3], seeds: [0], methods: ["gda"], models: ["m"] };
  expect(axes("few-shot", given)).toEqual({
    ...given,
    datasets: ["DTD", ...benchmarkNames.filter((name) => name !== "DTD")],
  });
  expect(axes("domain", { datasets: ["paper"] }).datasets).toEqual(["ImageNet"]);
});

test("without data sets the folder is named", () => {
  expect(() => axes("few-shot")).toThrow(
    `${data}: expected data sets to experiment on, got none that is known. Name their folder with --data; \`lamm datasets\` lists what belongs into it.`,
  );
});
