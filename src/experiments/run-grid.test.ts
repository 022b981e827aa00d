import { expect, test } from "vitest";
import { DataError } from "../errors.ts";
import { resolveTrainConfig } from "../training/train-config.ts";
import type { CellContext } from "./cell-context.ts";
import type { PlannedRow } from "./plan-grid.ts";
import type { Outcome, ResultStore } from "./result-store.ts";
import { type CellRunner, type GridProgress, runGrid } from "./run-grid.ts";

const row = (key: string, shots = 1): PlannedRow => ({
  ...{ dataset: "DTD", model: "m", method: "lamm", variant: "", shots, seed: 1, key, setup: "s", data: "d" },
  cell: { task: "accuracy", dataset: "DTD", targets: [], model: "m", config: resolveTrainConfig({ shots }) },
});

const context = { ingredients: async () => ({}) } as unknown as CellContext;

function memoryStore(known: Record<string, Outcome> = {}) {
  const saved = new Map(Object.entries(known));
  const store = {
    find: (key: string) => saved.get(key),
    save: (key: string, outcome: Outcome) => void saved.set(key, outcome),
  } as unknown as ResultStore;
  return { store, saved };
}

function runnerOf(run: (key: string) => Promise<number | undefined>, concurrency = 1) {
  const order: string[] = [];
  const runner: CellRunner = {
    concurrency,
    async run({ key }) {
      order.push(key);
      const accuracy = await run(key);
      return accuracy === undefined ? undefined : { metrics: { accuracy }, seconds: 4 };
    },
    close: async () => {},
  };
  return { runner, order };
}

test("each cell is run once, however many tables it is in, and not where its result is known", async () => {
  const { store, saved } = memoryStore({ b: { state: "done", metrics: { accuracy: 0.1 }, seconds: 1 } });
  const { runner, order } = runnerOf(async () => 0.5);
  const summary = await runGrid([row("a"), row("b"), row("a"), row("c")], { context, store, runner });
  expect(order).toEqual(["a", "c"]);
  expect(summary).toEqual({ done: 3, failed: 0, total: 3, known: 1, isStopped: false });
  expect(saved.get("c")).toEqual({ state: "done", metrics: { accuracy: 0.5 }, seconds: 4 });
});

test("a cell that fails is kept with its error, and the grid goes on", async () => {
  const { store, saved } = memoryStore();
  const { runner } = runnerOf(async (key) => {
    if (key === "b") throw new DataError({ where: "DTD", expected: "pictures", got: "none" });
    return 0.5;
  });
  const reports: GridProgress[] = [];
  const rows = [row("a"), row("b"), row("c")];
  const summary = await runGrid(rows, { context, store, runner, onProgress: (state) => reports.push(state) });
  expect(summary).toMatchObject({ done: 2, failed: 1, isStopped: false });
  expect(saved.get("b")).toMatchObject({ state: "failed", error: "DTD: expected pictures, got none." });
  expect(reports.map(({ done, failed, total }) => [done, failed, total])).toEqual([
    [0, 0, 3],
    [1, 0, 3],
    [1, 1, 3],
    [2, 1, 3],
  ]);
  expect(reports.map(({ secondsLeft }) => secondsLeft)).toEqual([undefined, 8, 4, 0]);
});

test("what failed before is tried again", async () => {
  const { store } = memoryStore({ a: { state: "failed", error: "why", seconds: 1 } });
  const { runner, order } = runnerOf(async () => 0.5);
  expect(await runGrid([row("a")], { context, store, runner })).toMatchObject({ done: 1, known: 0 });
  expect(order).toEqual(["a"]);
});

test("an error that is not of a cell ends the grid", async () => {
  const { store } = memoryStore();
  const { runner } = runnerOf(async () => {
    throw new TypeError("a mistake of ours");
  });
  await expect(runGrid([row("a")], { context, store, runner })).rejects.toThrow("a mistake of ours");
});

test("a signal ends it after the cells that are running", async () => {
  const { store } = memoryStore();
  const abort = new AbortController();
  const { runner, order } = runnerOf(async (key) => {
    if (key === "b") abort.abort();
    return key === "b" ? undefined : 0.5;
  });
  const rows = [row("a"), row("b"), row("c")];
  const summary = await runGrid(rows, { context, store, runner, signal: abort.signal });
  expect(order).toEqual(["a", "b"]);
  expect(summary).toMatchObject({ done: 1, isStopped: true });
});

test("as many cells run at a time as the runner can", async () => {
  const { store } = memoryStore();
  let [running, most] = [0, 0];
  const { runner } = runnerOf(async () => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
    return 0.5;
  }, 3);
  await runGrid(
    ["a", "b", "c", "d", "e"].map((key) => row(key)),
    { context, store, runner },
  );
  expect(most).toBe(3);
});
