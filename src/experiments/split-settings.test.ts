import { beforeEach, describe, expect, test } from "vitest";
import type { Dataset } from "../data/datasets/dataset.ts";
import type { PlannedRow } from "./plan-grid.ts";
import { createSplitSettings, madeSplitsOf, type SplitSettings } from "./split-settings.ts";

let warnings: string[];
let settings: Record<string, string>;
let splits: SplitSettings;
/** Notes of data sets whose split was made. */
let made: Record<string, string>;

const plain = { name: "", classNames: [], classIds: [], train: [], val: [], test: [], template: "{}" };
const dataset = (name: string): Dataset => ({
  ...{ ...plain, identity: "i" },
  ...(made[name] !== undefined && { isSplitMade: true, note: made[name] }),
});

beforeEach(() => {
  warnings = [];
  settings = {};
  made = { DTD: "not as published.", EuroSAT: "nor this." };
  const store = { table: () => ({ rows: [], settings, software: {} }) };
  splits = createSplitSettings({ context: { dataset }, store, warn: (text) => warnings.push(text) });
});

const row = (name: string, targets: readonly string[] = []): Pick<PlannedRow, "cell"> => ({
  cell: { task: "accuracy", dataset: name, targets, model: "m", config: { method: "zero-shot" } },
});

test("data sets whose split was made are settings, and told of once", () => {
  const rows = [row("DTD"), row("DTD"), row("Caltech101"), row("ImageNet", ["EuroSAT"])];
  expect(splits("few-shot", rows)).toEqual({ "split DTD": "made", "split EuroSAT": "made" });
  expect(splits("domain", [row("DTD")])).toEqual({ "split DTD": "made" });
  expect(warnings).toEqual(["DTD: not as published.", "EuroSAT: nor this."]);
});

describe("settings of an earlier command", () => {
  beforeEach(() => {
    settings = {
      "few-shot command": "lamm experiment few-shot",
      "few-shot split DTD": "made",
      "domain split UCF101": "made",
    };
  });

  test("change where the published split is there now", () => {
    made = {};
    expect(splits("few-shot", [row("DTD")])).toEqual({ "split DTD": "published" });
  });

  test("are read by experiment", () => {
    settings["few-shot split Food101"] = "published";
    expect([...madeSplitsOf("few-shot", { settings })]).toEqual(["DTD"]);
    expect([...madeSplitsOf("domain", { settings })]).toEqual(["UCF101"]);
    expect([...madeSplitsOf("incremental", { settings })]).toEqual([]);
  });
});

test("a note of another kind is told, and is no setting", () => {
  const fewer = (name: string): Dataset => ({ ...dataset(name), note: "It has pictures of 12 classes." });
  const store = { table: () => ({ rows: [], settings: {}, software: {} }) };
  const warn = (text: string) => warnings.push(text);
  const of = createSplitSettings({ context: { dataset: fewer }, store, warn });
  expect(of("domain", [row("ImageNet-A")])).toEqual({});
  expect(warnings).toEqual(["ImageNet-A: It has pictures of 12 classes."]);
});
