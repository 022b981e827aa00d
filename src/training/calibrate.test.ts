import { describe, expect, test } from "vitest";
import { createRandom } from "../tensor/random.ts";
import { createTensor } from "../tensor/tensor.ts";
import { calibrate } from "./calibrate.ts";
import { calibrationError } from "./calibration-error.ts";
import type { LabelledLogits } from "./labelled-logits.ts";
import { leaveClassOut } from "./leave-class-out.ts";
import { fitRejection } from "./rejection.ts";
import { fitTemperature } from "./temperature.ts";

/** Pictures that are told apart with an error now and then, much too surely. */
function tooSure(classes: number, pictures = 60): LabelledLogits {
  const random = createRandom(1);
  const labels = Array.from({ length: pictures }, (_, picture) => picture % classes);
  const rows = labels.flatMap((label) =>
    Array.from({ length: classes }, (_, c) => 12 * (random.normal(1) + (c === label ? 1.5 : 0))),
  );
  return { logits: createTensor("float32", [pictures, classes], Float32Array.from(rows)), labels };
}

describe("calibrate", () => {
  const labelled = tooSure(4);
  const { calibration, rejection, suspicious } = calibrate(labelled);

  test("fits the temperature, and says what it does to the error", () => {
    const { temperature, errorBefore, errorAfter } = calibration;
    expect(temperature).toBe(fitTemperature(labelled));
    expect(temperature).toBeGreaterThan(2);
    expect(errorBefore).toBe(calibrationError(labelled));
    expect(errorAfter).toBe(calibrationError(labelled, { temperature }));
    expect(errorAfter).toBeLessThan(errorBefore);
  });

  test("fits the threshold to logits as they come, and says how well it would work", () => {
    const { threshold, knownRejected } = fitRejection(labelled);
    expect(rejection).toEqual({
      threshold,
      knownRejected,
      ...leaveClassOut(labelled, { threshold, knownRejected }),
    });
  });

  test("suspects pictures by calibrated probabilities", () => {
    const first = suspicious[0];
    if (first === undefined) throw new Error("there are errors among the pictures");
    expect(first.label).toBe(labelled.labels[first.index]);
    expect(first.suggested).not.toBe(first.label);
    const row = Array.from(labelled.logits.data.subarray(first.index * 4, first.index * 4 + 4));
    const weights = row.map((logit) => Math.exp((logit - Math.max(...row)) / calibration.temperature));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    expect(first.probability).toBeCloseTo(1 / sum, 6);
  });

  test("has no threshold for two classes: none can be left out and a choice be left", () => {
    const two = calibrate(tooSure(2));
    expect(two).not.toHaveProperty("rejection");
    expect(two.calibration.temperature).toBeGreaterThan(1);
    expect(calibrate(tooSure(3)).rejection?.areaUnderRoc).toBeGreaterThan(0.5);
  });
});
