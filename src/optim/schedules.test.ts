import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cosineLearningRate, warmupCosineLearningRate } from "./schedules.ts";

test("gives the learning rates of the published schedule, as the reference ran it", () => {
  const file = join(import.meta.dirname, "../../test/golden/lamm-1shot.json");
  const golden = JSON.parse(readFileSync(file, "utf8"));
  const schedule = {
    learningRate: golden.lr,
    epochs: golden.epochs,
    warmupEpochs: 1,
    warmupLearningRate: 1e-5,
  };
  const rates = golden.lr_per_step.map((_: number, step: number) =>
    cosineLearningRate(schedule, Math.floor(step / golden.steps_per_epoch)),
  );
  expect(rates).toHaveLength(12);
  expect(rates).toEqual(golden.lr_per_step);
});

test("the cosine counts from the end of the warm-up and runs over all epochs", () => {
  const schedule = { learningRate: 0.002, epochs: 50, warmupEpochs: 1, warmupLearningRate: 1e-5 };
  expect(cosineLearningRate(schedule, 0)).toBe(1e-5);
  expect(cosineLearningRate(schedule, 1)).toBe(0.002);
  expect(cosineLearningRate(schedule, 26)).toBeCloseTo(0.001, 12);
  // It stops short of zero: 49 epochs of a cosine of 50.
  expect(cosineLearningRate(schedule, 49)).toBeCloseTo(0.001 * (1 + Math.cos((Math.PI * 48) / 50)), 15);
  expect(cosineLearningRate({ ...schedule, warmupEpochs: 3 }, 2)).toBe(1e-5);
  expect(cosineLearningRate({ ...schedule, warmupEpochs: 3 }, 3)).toBe(0.002);
  expect(cosineLearningRate({ ...schedule, warmupEpochs: 0 }, 0)).toBe(0.002);
});

test("a step's rate rises linearly to the top, then falls along half a cosine to zero", () => {
  const schedule = { learningRate: 8, steps: 12, warmupSteps: 4 };
  const rates = Array.from({ length: 13 }, (_, step) => warmupCosineLearningRate(schedule, step));
  expect(rates.slice(0, 5)).toEqual([2, 4, 6, 8, 8]);
  expect(rates[8]).toBeCloseTo(4, 12);
  expect(rates[12]).toBeCloseTo(0, 12);
  for (let step = 5; step <= 12; step++) expect(rates[step]).toBeLessThan(rates[step - 1] as number);
});

test("without warm-up the first step has the full rate", () => {
  expect(warmupCosineLearningRate({ learningRate: 3, steps: 10, warmupSteps: 0 }, 0)).toBe(3);
});
