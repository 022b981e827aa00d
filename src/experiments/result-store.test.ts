import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { resolveTrainConfig } from "../training/train-config.ts";
import type { Cell, Ingredients } from "./cell.ts";
import type { PlannedRow } from "./plan-grid.ts";
import { openResultStore, type ResultStore, readResultTable, resultFile } from "./result-store.ts";

/** A user without rights, by its number. */
const NOBODY = 65_534;

let folder: string;
let store: ResultStore;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lamm-results-"));
  store = openResultStore(folder);
});

afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

const cell: Cell = {
  task: "accuracy",
  dataset: "DTD",
  targets: [],
  model: "ViT-B/16",
  config: resolveTrainConfig({ method: "lamm" }),
};
const ingredients: Ingredients = {
  data: { DTD: "d" },
  weights: "w",
  preprocessing: "p",
  software: { lamm: "1", engine: "e" },
};
const about = { cell, ingredients };
const row = (values: Partial<PlannedRow> = {}): PlannedRow => ({
  ...{ dataset: "DTD", model: "ViT-B/16", method: "lamm", variant: "", shots: 1, seed: 1 },
  ...{ cell, key: "k1", setup: "s1", data: "d1" },
  ...values,
});
const done = (accuracy: number) => ({ state: "done", metrics: { accuracy }, seconds: 2 }) as const;

test("what was saved is found, also by another process that opens the file", () => {
  store.save("k1", done(0.5), about);
  store.save("k2", { state: "failed", error: "why", seconds: 1 }, about);
  const again = openResultStore(folder);
  expect(again.find("k1")).toEqual(done(0.5));
  expect(again.find("k2")).toEqual({ state: "failed", error: "why", seconds: 1 });
  expect(again.find("k3")).toBeUndefined();
  again.close();
});

test("a cell counts once: what is done stays, what failed is replaced", () => {
  store.save("k1", done(0.5), about);
  store.save("k1", done(0.9), about);
  store.save("k1", { state: "failed", error: "late", seconds: 1 }, about);
  expect(store.find("k1")).toEqual(done(0.5));
  store.save("k2", { state: "failed", error: "why", seconds: 1 }, about);
  store.save("k2", done(0.25), about);
  expect(store.find("k2")).toEqual(done(0.25));
});

test("the commands that planned what is in the table are kept, each once, and leave it with their rows", () => {
  const settingsOf = () => readResultTable(folder).settings;
  store.plan("few-shot", [row(), row({ shots: 2, key: "k2" })], { command: "a --shots 1,2" });
  store.plan("few-shot", [row({ method: "gda", key: "k3", setup: "s2" })], { command: "b" });
  expect(settingsOf()).toEqual({ "few-shot command": "a --shots 1,2", "few-shot command 2": "b" });
  store.plan("few-shot", [row({ shots: 4, key: "k4" }), row({ method: "gda", key: "k3", setup: "s2" })], {
    command: "c",
  });
  expect(settingsOf()).toEqual({ "few-shot command": "c" });
  store.plan("few-shot", [row({ method: "gda", key: "k5", setup: "s3" })], { command: "d" });
  store.plan("domain", [row()], { command: "e" });
  expect(settingsOf()).toEqual({
    "few-shot command": "c",
    "few-shot command 2": "d",
    "domain command": "e",
  });
});

test("other settings stay until they are given again", () => {
  store.plan("few-shot", [row()], { command: "a", "split DTD": "made" });
  store.plan("few-shot", [row({ dataset: "SUN397", key: "k2" })], { command: "a" });
  expect(readResultTable(folder).settings).toMatchObject({ "few-shot split DTD": "made" });
  store.plan("few-shot", [row()], { command: "a", "split DTD": "published" });
  expect(readResultTable(folder).settings).toMatchObject({ "few-shot split DTD": "published" });
});

test("a store without a grid has no results", () => {
  expect(() => readResultTable(folder)).toThrow(
    "expected the folder of an experiment, got no results in it.",
  );
});

test("a table has waiting, done and failed rows, settings and the software of what is done", () => {
  store.plan("few-shot", [row(), row({ shots: 2, key: "k2" }), row({ shots: 4, key: "k3" })], {
    command: "lamm experiment few-shot",
  });
  store.save("k1", done(0.5), about);
  store.save("k2", { state: "failed", error: "why", seconds: 1 }, about);
  const { rows, settings, software } = readResultTable(folder);
  const labels = {
    experiment: "few-shot",
    dataset: "DTD",
    model: "ViT-B/16",
    method: "lamm",
    variant: "",
    seed: 1,
  };
  expect(rows).toEqual([
    { ...labels, shots: 1, key: "k1", state: "done", metrics: { accuracy: 0.5 }, seconds: 2 },
    { ...labels, shots: 2, key: "k2", state: "failed", metrics: {}, error: "why", seconds: 1 },
    { ...labels, shots: 4, key: "k3", state: "waiting", metrics: {} },
  ]);
  expect(settings).toEqual({ "few-shot command": "lamm experiment few-shot" });
  expect(software).toEqual({ lamm: "1", engine: "e" });
});

describe("a grid that is planned again", () => {
  const shown = () =>
    store
      .table()
      .rows.map(({ experiment, dataset, method, shots, key }) =>
        [experiment, dataset, method, shots, key].join(" "),
      );

  test("grows", () => {
    store.plan("few-shot", [row()], {});
    store.plan("few-shot", [row({ shots: 2, key: "k2" })], {});
    expect(shown()).toEqual(["few-shot DTD lamm 1 k1", "few-shot DTD lamm 2 k2"]);
  });

  test("with another configuration of a method drops its rows, on all data sets, and no others", () => {
    store.plan(
      "few-shot",
      [row(), row({ dataset: "Pets", key: "k2" }), row({ method: "coop", key: "k3" })],
      {},
    );
    store.plan("domain", [row({ key: "k4" })], {});
    store.plan("few-shot", [row({ shots: 2, key: "k5", setup: "s2" })], {});
    expect(shown()).toEqual(["domain DTD lamm 1 k4", "few-shot DTD coop 1 k3", "few-shot DTD lamm 2 k5"]);
  });

  test("with other pictures drops rows of that data set, and no others", () => {
    store.plan("few-shot", [row(), row({ dataset: "Pets", key: "k2", data: "p1" })], {});
    store.plan("few-shot", [row({ shots: 2, key: "k3", data: "d2" })], {});
    expect(shown()).toEqual(["few-shot DTD lamm 2 k3", "few-shot Pets lamm 1 k2"]);
  });
});

test("a folder without results is named", () => {
  expect(() => readResultTable(join(folder, "elsewhere"))).toThrow(
    /elsewhere: expected the folder of an experiment, got no results in it\. Name the folder that `lamm experiment` was given with --out\./,
  );
});

describe("a file that cannot be used", () => {
  test("of a newer version is not touched", () => {
    store.close();
    const database = new DatabaseSync(resultFile(folder));
    database.exec("PRAGMA user_version = 99");
    database.close();
    const message =
      /results\.sqlite: expected a store of experiment results of version 1, got version 99\. Update lamm, or name another folder with --out\./;
    expect(() => openResultStore(folder)).toThrow(message);
    expect(() => readResultTable(folder)).toThrow(message);
    store = openResultStore(mkdtempSync(join(tmpdir(), "lamm-results-")));
  });

  test("of another program", () => {
    const other = mkdtempSync(join(tmpdir(), "lamm-results-"));
    const database = new DatabaseSync(resultFile(other));
    database.exec("CREATE TABLE theirs (x)");
    database.close();
    expect(() => openResultStore(other)).toThrow(
      /got another program's database\. Name another folder with --out\./,
    );
    rmSync(other, { recursive: true });
  });

  test("damaged", () => {
    const other = mkdtempSync(join(tmpdir(), "lamm-results-"));
    writeFileSync(resultFile(other), "not a database, but long enough to be looked at as one".repeat(20));
    expect(() => openResultStore(other)).toThrow(
      /expected a store of experiment results, got a damaged file/,
    );
    rmSync(other, { recursive: true });
  });

  test("read-only", (context) => {
    const other = mkdtempSync(join(tmpdir(), "lamm-results-"));
    openResultStore(other).close();
    chmodSync(resultFile(other), 0o444);
    chmodSync(other, 0o555);
    // The administrator may write everything: be somebody else for a moment.
    const isRoot = process.getuid?.() === 0;
    if (isRoot && process.seteuid === undefined) return context.skip("as root every file can be written");
    try {
      if (isRoot) process.seteuid?.(NOBODY);
      expect(() => openResultStore(other)).toThrow(
        /results\.sqlite: expected a file that can be written, got .*\. Make it and its folder writable, or name another folder with --out\./,
      );
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
    chmodSync(other, 0o755);
    rmSync(other, { recursive: true });
  });
});
