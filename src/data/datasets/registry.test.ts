import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { themes } from "../../../picture-world/benchmarks/themes.ts";
import { smallDataset, smallDatasets } from "../../../test/support/datasets/small-datasets.ts";
import { emptyFiles, writeTree } from "../../../test/support/datasets/write-tree.ts";
import { benchmarkTemplates } from "../../clip/benchmark-templates.ts";
import { ConfigError } from "../../errors.ts";
import {
  benchmarkNames,
  datasetDefinitions,
  findDataset,
  inspectDatasets,
  pictureWorldNames,
} from "./registry.ts";
import { defineSplitDataset } from "./split-dataset.ts";

let data: string;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "lamm-data-"));
});
afterEach(() => rmSync(data, { recursive: true }));

describe.each(smallDatasets.map((small) => [small.name, small] as const))("%s", (name, small) => {
  test("is read from the guide's layout", () => {
    writeTree(data, small.tree);
    const definition = findDataset(name);
    const { classNames, classIds, template, train, val, test: tested, identity } = definition.open(data);
    expect({ classNames, classIds, template }).toEqual({
      classNames: small.classNames,
      classIds: small.classIds ?? small.classNames,
      template: small.template,
    });
    expect({ train: train.length, val: val.length, test: tested.length }).toEqual(small.counts);
    expect((train[0] ?? tested[0])?.path).toBe(join(data, small.first));
    expect(identity).toMatch(/^[0-9a-f]{64}$/);
    const state = definition.inspect(data);
    expect(state).toMatchObject({ name, state: "complete", missing: [] });
    expect(state.counts).toEqual({ classes: small.classNames.length, ...small.counts });
    expect(state).not.toHaveProperty("problem");
  });

  test("is absent where its folder is", () => {
    const { state, missing, folder } = findDataset(name).inspect(data);
    expect(state).toBe("absent");
    expect(missing).toEqual([
      { path: folder, count: 1, source: expect.stringMatching(/^(https?:|a clone)/) },
    ]);
    expect(() => findDataset(name).open(data)).toThrow(
      `${name}: expected its files in ${data}, got no ${folder}. \`lamm datasets\` lists what is missing. Get it from ${missing[0]?.source}`,
    );
  });

  test("is incomplete where its folder is empty", () => {
    const { folder } = findDataset(name);
    mkdirSync(join(data, folder), { recursive: true });
    const { state, missing } = findDataset(name).inspect(data);
    expect(state).toBe("incomplete");
    expect(missing.length).toBeGreaterThan(0);
  });
});

test("the eleven benchmarks are those of the papers, in the order of the templates", () => {
  expect(benchmarkNames).toEqual(Object.keys(benchmarkTemplates));
});

test("the embedded benchmarks are picture-world's themes", () => {
  expect(pictureWorldNames).toEqual(themes.map(({ name }) => `picture-world/${name}`));
});

test("names and folders are all different, and domains are those of a benchmark", () => {
  const names = datasetDefinitions.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(new Set(datasetDefinitions.map(({ folder }) => folder)).size).toBe(names.length);
  for (const { role, of } of datasetDefinitions) {
    if (role === "benchmark") expect(of).toBeUndefined();
    else expect(findDataset(of ?? "").role).toBe("benchmark");
  }
});

test("all are inspected, whatever else is in the folder", () => {
  writeTree(data, { ...smallDataset("DTD").tree, "photos/images/train/a/1.jpg": "" });
  const states = inspectDatasets(data);
  expect(states.map(({ name }) => name)).toEqual(datasetDefinitions.map(({ name }) => name));
  expect(states.filter(({ state }) => state !== "absent").map(({ name }) => name)).toEqual(["DTD"]);
});

test("a name that there is not is answered with the nearest", () => {
  const find = () => findDataset("Caltech-101");
  expect(find).toThrow(ConfigError);
  expect(find).toThrow(
    'data set: expected a name that `lamm datasets` lists, got "Caltech-101". Did you mean "Caltech101"?',
  );
  expect(() => findDataset("nothing like it")).toThrow(/got "nothing like it"\.$/);
});

test("a data set of one's own is a definition more", () => {
  const birds = defineSplitDataset({
    name: "Birds",
    folder: "birds",
    images: "photos",
    template: "a photo of a {}, a type of bird.",
    source: "https://example.org/birds",
    split: { file: "split_zhou_Birds.json", source: "https://example.org/split" },
  });
  const rows = (part: string) => ["wren", "tit"].map((name, label) => [`${part}/${name}.jpg`, label, name]);
  const split = { train: rows("train"), val: [], test: rows("test") };
  const own = [...datasetDefinitions, birds];
  writeTree(data, { "birds/photos/other.txt": "" });
  expect(inspectDatasets(data, own).at(-1)).toMatchObject({
    state: "incomplete",
    missing: [{ path: "birds/split_zhou_Birds.json", count: 1, source: "https://example.org/split" }],
  });
  writeTree(data, {
    "birds/split_zhou_Birds.json": JSON.stringify(split),
    ...emptyFiles([...split.train, ...split.test].map(([path]) => `birds/photos/${path}`)),
  });
  const dataset = findDataset("Birds", own).open(data);
  expect(dataset).toMatchObject({ classNames: ["wren", "tit"], val: [] });
  expect(birds).not.toHaveProperty("makeSplit");
});
