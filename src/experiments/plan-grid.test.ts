import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { PromptTrainConfig } from "../training/train-config.ts";
import { findExperiment } from "./experiments.ts";
import { checkSettings, unusedSettings } from "./method-settings.ts";
import { type GridAxes, gridCells } from "./plan-grid.ts";

const axes: GridAxes = {
  datasets: ["DTD", "OxfordPets"],
  shots: [1, 4],
  seeds: [1, 2, 3],
  methods: ["zero-shot", "lamm", "gda"],
  models: ["ViT-B/16"],
};
const part = { ...axes, task: "accuracy", settings: {} } as const;

test("every combination is a cell; zero-shot is one a data set", () => {
  const cells = gridCells(part);
  expect(cells).toHaveLength(2 * (1 + 2 * 2 * 3));
  expect(
    cells
      .filter(({ method }) => method === "zero-shot")
      .map(({ dataset, shots, seed }) => [dataset, shots, seed]),
  ).toEqual([
    ["DTD", 0, 0],
    ["OxfordPets", 0, 0],
  ]);
});

test("a paper's name of a model stays in tables, and its hub id is opened", () => {
  const [first] = gridCells(part);
  expect(first).toMatchObject({ model: "ViT-B/16", cell: { model: "openai/clip-vit-base-patch16" } });
});

test("training is the published one unless it is set otherwise: for all that can, or for one method", () => {
  const configOf = (method: string, settings: Parameters<typeof gridCells>[0]["settings"]) =>
    gridCells({ ...part, methods: [method], settings })[0]?.cell.config as PromptTrainConfig;
  expect(configOf("lamm", {})).toMatchObject({ method: "lamm", schedule: "published", shots: 1, seed: 1 });
  expect(configOf("gda", {})).not.toHaveProperty("schedule");
  expect(configOf("lamm", { "*": { epochs: 7, views: 2 } })).toMatchObject({ epochs: 7, views: 2 });
  expect(configOf("gda", { "*": { epochs: 7, views: 2 } })).toMatchObject({ views: 2 });
  expect(configOf("gda", { "*": { epochs: 7 } })).not.toHaveProperty("epochs");
  expect(configOf("lamm", { "*": { epochs: 7 }, lamm: { epochs: 9 }, coop: { epochs: 3 } }).epochs).toBe(9);
  expect(configOf("maple", { "*": { schedule: "fast" } }).schedule).toBe("published");
});

test("a variant's part of the loss is 0, and weights that are set stay", () => {
  const variants = [{ name: "CE+COS+KD", config: { loss: { parameters: 0 } } }];
  const settings = { lamm: { loss: { features: 3 } } };
  const [cell] = gridCells({ ...part, methods: ["lamm"], variants, settings });
  expect(cell?.cell.config).toMatchObject({ loss: { parameters: 0, features: 3 } });
  expect(cell?.variant).toBe("CE+COS+KD");
});

test("a setting that no method has is refused, one that some have is not", () => {
  expect(() => checkSettings({ "*": { epochs: 3 } }, ["gda", "lamm"])).not.toThrow();
  expect(() => checkSettings({ "*": { epochs: 3 } }, ["zero-shot", "gda"])).toThrow(/epochs/);
  expect(() => checkSettings({ cop: { epochs: 3 } }, ["lamm"])).toThrow(/cop/);
});

test.each([
  [
    { "*": { shots: 4 } },
    'setting "shots": expected what methods are set to, got what the grid spans. Use --shots.',
  ],
  [{ lamm: { method: "coop" } }, 'setting "method"'],
  [{ coop: { bogus: 3 } }, "bogus"],
])("a setting that says nothing of a method is refused: %j", (settings, message) => {
  expect(() => checkSettings(settings, ["lamm"])).toThrow(message);
});

test("a setting of all methods needs one that is trained", () => {
  expect(() => checkSettings({ "*": { epochs: 3 } }, ["zero-shot"])).toThrow(
    'setting "epochs": expected a method that is trained, got zero-shot alone.',
  );
});

test("settings of methods that a grid does not have are known to be unused", () => {
  expect(unusedSettings({ "*": { epochs: 3 }, lamm: {}, coop: { epochs: 3 } }, ["lamm"])).toEqual(["coop"]);
});

test("models of one name in tables are refused, one model twice is not", () => {
  const folder = mkdtempSync(join(tmpdir(), "lamm-models-"));
  const models = ["a", "b"].map((name) => join(folder, name, "clip"));
  for (const path of models) mkdirSync(path, { recursive: true });
  expect(() => gridCells({ ...part, models })).toThrow(
    `models: expected names that differ, by which tables tell them apart, got "clip" for both ${models[0]} and ${models[1]}. Give one of the folders another name.`,
  );
  expect(gridCells({ ...part, models: models.slice(0, 1) })).toHaveLength(gridCells(part).length);
  rmSync(folder, { recursive: true });
});

test("no setting can make a variant another than its name says", () => {
  const small = { ...axes, datasets: ["DTD"], seeds: [1], shots: [1], methods: ["lamm"] };
  const [words, random] = findExperiment("ablation-init").cells(small, { "*": { initialisation: "random" } });
  expect(words?.cell.config).toMatchObject({ initialisation: "words" });
  expect(random?.cell.config).toMatchObject({ initialisation: "random" });
  const { cells } = findExperiment("ablation-loss");
  expect(() => cells(small, { "*": { loss: { logits: 0 } } })).toThrow(
    'loss of lamm in ablation-loss: expected a weight of "logits" for CE+WC+COS+KD, got 0.',
  );
  expect(() => cells(small, { lamm: { loss: { parameters: 0 } } })).toThrow('"parameters"');
  expect(() => cells({ ...small, methods: ["coop"] }, {})).toThrow("loss of coop");
  expect(() => cells(small, { lamm: { loss: { parameters: 2 } } })).not.toThrow();
});

test("zero-shot has no cell where variants are compared", () => {
  const methods = ["zero-shot", "lamm"];
  const variants = [{ name: "words", config: {} }];
  expect(gridCells({ ...part, methods, variants }).map(({ method }) => method)).not.toContain("zero-shot");
});

test("the loss's ablation has all eight subsets of its parts at the most shots, the whole and none at all", () => {
  const cells = findExperiment("ablation-loss").cells(
    { ...axes, datasets: ["DTD"], seeds: [1], methods: ["lamm", "coop+lamm"] },
    {},
  );
  const named = cells.map(({ method, variant, shots }) => `${method} ${variant} ${shots}`).sort();
  const both = ["lamm", "coop+lamm"].flatMap((method) =>
    ["CE", "CE+WC+COS+KD"].flatMap((variant) => [1, 4].map((shots) => `${method} ${variant} ${shots}`)),
  );
  const parts = ["CE+COS+KD", "CE+WC+KD", "CE+WC+COS", "CE+KD", "CE+COS", "CE+WC"];
  expect(named).toEqual([...both, ...parts.map((variant) => `lamm ${variant} 4`)].sort());
});

test("a domain experiment tests on the pictures there are of the same classes", () => {
  const { cells } = findExperiment("domain");
  const [cell] = cells({ ...axes, datasets: ["picture-world/food"] }, {});
  expect(cell?.cell.targets).toEqual(
    ["v2", "sketch", "silhouette"].map((name) => `picture-world/food/${name}`),
  );
  expect(() => cells({ ...axes, datasets: ["picture-world/food/v2"] }, {})).toThrow(
    "data sets of domain: expected some with other pictures of the same classes, such as ImageNet, got picture-world/food/v2.",
  );
});
