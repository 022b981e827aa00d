import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { clipShapes } from "../random-checkpoint/clip-shapes.ts";
import { writeRandomCheckpoint } from "../random-checkpoint/write-random-checkpoint.ts";
import { hasCell } from "./cell.ts";
import { keyOf, runScenario } from "./run-scenario.ts";
import { fullPlan, listScenarios } from "./scale-plan.ts";
import { measureScenario } from "./scenario.ts";

const folder = mkdtempSync(join(tmpdir(), "lamm-scale-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** The whole plan in a few seconds. */
const smallPlan = {
  ...fullPlan,
  classCounts: [3, 5],
  nameLengths: [1, 2],
  shots: 2,
  pictures: 2000,
  testPictures: 8,
  scoredPictures: 6,
  shape: "tiny-vit" as const,
  width: 32,
};

test("every scenario of a plan measures positive numbers", async () => {
  const config = clipShapes[smallPlan.shape];
  await writeRandomCheckpoint({ folder, config, layout: "hugging-face", dtype: "float32", seed: 1 });
  for (const scenario of listScenarios(smallPlan, folder)) {
    const numbers = await measureScenario(scenario);
    expect(numbers["peak, MB"], scenario.kind).toBeGreaterThan(0);
    for (const [name, value] of Object.entries(numbers)) {
      expect(value, `${scenario.kind}, ${name}`).toBeGreaterThanOrEqual(0);
    }
  }
});

test("a scenario runs in a process of its own, whose failure is told", async () => {
  const shots = { kind: "shots", pictures: 100, classes: 10, shots: 2 } as const;
  expect(await runScenario(shots)).toMatchObject({ "peak, MB": expect.any(Number) });
  const step = listScenarios(smallPlan, join(folder, "missing")).find(({ kind }) => kind === "step");
  await expect(runScenario(step as NonNullable<typeof step>)).rejects.toThrow(
    "scale, step: expected a process that ends well, got",
  );
});

test("the plan goes from 100 to 21,000 classes, each measurement with a key of its own", () => {
  const keys = listScenarios(fullPlan, folder).map(keyOf);
  expect(new Set(keys.map((key) => JSON.stringify(key))).size).toBe(keys.length);
  const steps = keys.filter(({ kind }) => kind === "step");
  expect(steps.map(({ size }) => size)).toEqual([100, 1000, 5000, 10_000, 21_000]);
  expect(steps[0]).toEqual({ kind: "step", size: 100, names: "1" });
});

test("what was measured is not measured again", () => {
  const cells = [{ kind: "step", size: 100, names: "1", numbers: {} }];
  expect(hasCell(cells, { kind: "step", size: 100, names: "1" })).toBe(true);
  expect(hasCell(cells, { kind: "step", size: 100, names: "1-2" })).toBe(false);
  expect(hasCell(cells, { kind: "whole step", size: 100, names: "1" })).toBe(false);
  expect(hasCell(cells, { kind: "step", size: 1000, names: "1" })).toBe(false);
});
