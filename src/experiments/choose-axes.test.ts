import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { benchmarkNames, pictureWorldNames } from "../data/datasets/registry.ts";
import { chooseAxes } from "./choose-axes.ts";
import { findExperiment } from "./experiments.ts";
import type { GridAxes } from "./plan-grid.ts";

let data: string;

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "lamm-data-"));
});

afterEach(() => rmSync(data, { recursive: true }));

const axes = (name: string, given: Parameters<typeof chooseAxes>[1] = {}) =>
  chooseAxes(findExperiment(name), given, { data }) as GridAxes;

test("the paper's eleven on ViT-B/16, at all shots and seeds", () => {
  const given = { datasets: ["paper"] };
  expect(axes("few-shot", given)).toEqual({
    datasets: benchmarkNames,
    shots: [1, 2, 4, 8, 16],
    seeds: [1, 2, 3],
    methods: ["zero-shot", "coop", "maple", "lamm", "coop+lamm", "maple+lamm"],
    models: ["ViT-B/16"],
  });
  expect(axes("ablation-backbone", given).models).toEqual(["RN50", "RN101", "ViT-B/32", "ViT-B/16"]);
  expect(axes("domain", given).datasets).toEqual(["ImageNet"]);
});

test("the embedded eleven on the embedded model", () => {
  const given = { datasets: ["picture-world"] };
  expect(axes("few-shot", given)).toMatchObject({
    datasets: pictureWorldNames,
    models: ["lamm/picture-world"],
  });
  expect(axes("domain", given).datasets).toEqual(pictureWorldNames);
  expect(axes("ablation-backbone", given).models).toEqual([
    ...["vit-32-64", "vit-32-128", "vit-16-128"].map((name) => join(data, "backbones", name)),
    "lamm/picture-world",
  ]);
});

test("where nothing is complete, what is there, so that opening it says what it lacks", () => {
  mkdirSync(join(data, "food"));
  expect(axes("few-shot").datasets).toEqual(["picture-world/food"]);
  mkdirSync(join(data, "dtd"));
  expect(axes("few-shot").datasets).toEqual(["DTD"]);
  expect(() => axes("domain")).toThrow(
    "data sets and methods of domain: expected one of each at least that it can use, got no such data set.",
  );
});

describe("what an experiment cannot use", () => {
  const several = (name: string, given: Parameters<typeof chooseAxes>[1]) => {
    const notices: string[] = [];
    const onNotice = (text: string) => void notices.push(text);
    return {
      axes: chooseAxes(findExperiment(name), given, { data, isOneOfSeveral: true, onNotice }),
      notices,
    };
  };

  test.each([
    [
      "domain",
      { datasets: ["DTD"] },
      "data sets of domain: expected some with other pictures of the same classes",
    ],
    [
      "ablation-loss",
      { methods: ["lamm", "gda"] },
      "methods of ablation-loss: expected some that it can measure, such as lamm, coop+lamm, maple+lamm, got gda.",
    ],
    ["ablation-loss", { methods: ["zero-shot"] }, "got zero-shot."],
    [
      "ablation-init",
      { methods: ["coop"] },
      "methods of ablation-init: expected some that it can measure, such as lamm, got coop.",
    ],
    [
      "incremental",
      { methods: ["gda"] },
      "methods of incremental: expected some that it can measure, such as zero-shot, coop, maple, lamm, got gda.",
    ],
  ])("%s alone refuses it", (name, given, message) => {
    expect(() => axes(name, { datasets: ["picture-world"], ...given })).toThrow(message);
  });

  test("is left out, with a notice, where others are run beside it", () => {
    const found = several("domain", { datasets: ["DTD", "picture-world/food"], methods: ["gda"] });
    expect(found.axes).toMatchObject({ datasets: ["picture-world/food"], methods: ["gda"] });
    expect(found.notices).toEqual(["domain cannot use these data sets, which are left out there: DTD"]);
    expect(several("incremental", { datasets: ["DTD"], methods: ["gda"] }).axes).toBeUndefined();
  });

  test("is an error where it is not known at all", () => {
    expect(() => several("incremental", { datasets: ["DTD"], methods: ["lama"] })).toThrow(/lama/);
  });
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
