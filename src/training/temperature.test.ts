import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConfigError, DataError } from "../errors.ts";
import { createRandom } from "../tensor/random.ts";
import { createTensor } from "../tensor/tensor.ts";
import type { LabelledLogits } from "./labelled-logits.ts";
import { fitTemperature, negativeLogLikelihood } from "./temperature.ts";

const CLASSES = 4;

/** Pictures whose labels are drawn from the softmax of their logits, which are then scaled by a factor. */
function drawLabelled(seed: number, count: number, factor: number): LabelledLogits {
  const random = createRandom(seed);
  const data = Float32Array.from({ length: count * CLASSES }, () => random.normal(2));
  const labels = Array.from({ length: count }, (_, picture) => {
    const weights = Array.from(data.subarray(picture * CLASSES, (picture + 1) * CLASSES), Math.exp);
    let left = random.random() * weights.reduce((sum, weight) => sum + weight, 0);
    return weights.findIndex((weight) => {
      left -= weight;
      return left < 0;
    });
  });
  return {
    logits: createTensor(
      "float32",
      [count, CLASSES],
      data.map((logit) => factor * logit),
    ),
    labels,
  };
}

/** What `fitTemperature` minimises, from the other function. */
function penalisedLoss(labelled: LabelledLogits, temperature: number): number {
  const prior = Math.log(temperature) ** 2 / 2;
  return labelled.labels.length * negativeLogLikelihood(labelled, temperature) + prior;
}

describe("the negative log-likelihood", () => {
  test("is the mean over the pictures of -log p(label)", () => {
    const logits = createTensor("float32", [2, 2], Float32Array.of(0, Math.log(3), Math.log(4), 0));
    expect(negativeLogLikelihood({ logits, labels: [1, 1] })).toBeCloseTo(
      -(Math.log(3 / 4) + Math.log(1 / 5)) / 2,
      6,
    );
    expect(negativeLogLikelihood({ logits, labels: [1, 1] }, 0.5)).toBeCloseTo(
      -(Math.log(9 / 10) + Math.log(1 / 17)) / 2,
      6,
    );
  });

  test("of equal probabilities is log C, of certainty 0", () => {
    const equal = { logits: createTensor("float32", [1, 5], new Float32Array(5)), labels: [3] };
    expect(negativeLogLikelihood(equal)).toBeCloseTo(Math.log(5), 14);
    const certain = { logits: createTensor("float32", [1, 2], Float32Array.of(1e4, 0)), labels: [0] };
    expect(negativeLogLikelihood(certain)).toBe(0);
  });

  test("refuses temperatures that are none, and labels that do not fit", () => {
    const labelled = drawLabelled(1, 3, 1);
    expect(() => negativeLogLikelihood(labelled, 0)).toThrow(ConfigError);
    expect(() => negativeLogLikelihood({ ...labelled, labels: [0] })).toThrow(
      "negativeLogLikelihood: expected 3 labels, one for each picture, got 1.",
    );
  });
});

describe("the fitted temperature", () => {
  test.each([0.1, 1, 8])("finds the factor %d by which logits are too large", (factor) => {
    const found = fitTemperature(drawLabelled(1, 4000, factor));
    expect(found / factor).toBeGreaterThan(0.93);
    expect(found / factor).toBeLessThan(1.07);
  });

  test("is the minimum of the likelihood with its prior", () => {
    fc.assert(
      fc.property(
        fc.nat(1000),
        fc.constantFrom(1, 3, 20, 60),
        fc.constantFrom(0.02, 0.3, 1, 10),
        (seed, count, factor) => {
          const labelled = drawLabelled(seed, count, factor);
          const found = penalisedLoss(labelled, fitTemperature(labelled));
          for (let u = -4.6; u < 4.61; u += 0.05) {
            expect(found).toBeLessThanOrEqual(penalisedLoss(labelled, Math.exp(u)) + 1e-6);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test("finds the deeper of two valleys", () => {
    // So close together that only a temperature near 0.02 tells the classes apart; 50 pictures outweigh the prior.
    const logits = createTensor(
      "float32",
      [50, 2],
      Float32Array.from({ length: 100 }, (_, i) => (i % 2 ? 0 : 0.1)),
    );
    const labelled = { logits, labels: new Array<number>(50).fill(0) };
    const found = fitTemperature(labelled);
    expect(found).toBeLessThan(0.1);
    expect(penalisedLoss(labelled, found)).toBeLessThan(penalisedLoss(labelled, 0.7));
  });

  test("of pictures that are all right stays near 1 while they are few: their likelihood alone would say 0", () => {
    const separable = (count: number) => {
      const data = Float32Array.from({ length: count * 2 }, (_, i) => (i % 2 ? 0 : 3));
      return { logits: createTensor("float32", [count, 2], data), labels: new Array<number>(count).fill(0) };
    };
    const temperatures = [1, 5, 20, 500].map((count) => fitTemperature(separable(count)));
    expect(temperatures).toEqual([...temperatures].sort((a, b) => b - a));
    expect(temperatures[0]).toBeGreaterThan(0.85);
    expect(temperatures[1]).toBeGreaterThan(0.6);
    expect(temperatures[3]).toBeGreaterThan(0.2);
  });

  test("stays in its range, and at 1 where logits say nothing", () => {
    const wrong = createTensor(
      "float32",
      [200, 2],
      Float32Array.from({ length: 400 }, (_, i) => (i % 2 ? 1e4 : 0)),
    );
    expect(fitTemperature({ logits: wrong, labels: new Array<number>(200).fill(0) })).toBeCloseTo(100, 6);
    const right = createTensor(
      "float32",
      [3e4, 2],
      Float32Array.from({ length: 6e4 }, (_, i) => (i % 2 ? 0 : 1e-2)),
    );
    expect(fitTemperature({ logits: right, labels: new Array<number>(3e4).fill(0) })).toBeCloseTo(0.01, 6);
    const equal = createTensor("float32", [9, 3], new Float32Array(27).fill(5));
    expect(fitTemperature({ logits: equal, labels: new Array<number>(9).fill(1) })).toBeCloseTo(1, 9);
    expect(
      fitTemperature({ logits: createTensor("float32", [1, 1], Float32Array.of(3)), labels: [0] }),
    ).toBeCloseTo(1, 9);
  });

  test("does not depend on a constant added to all logits of a picture", () => {
    const labelled = drawLabelled(3, 40, 4);
    const shifted = labelled.logits.data.map((logit, i) => logit + 16 * Math.floor(i / CLASSES));
    const logits = createTensor("float32", labelled.logits.shape, shifted);
    expect(fitTemperature({ ...labelled, logits })).toBeCloseTo(fitTemperature(labelled), 4);
  });

  test("refuses labels that do not fit", () => {
    expect(() => fitTemperature({ ...drawLabelled(1, 3, 1), labels: [0, 1, 4] })).toThrow(DataError);
    expect(() => fitTemperature({ ...drawLabelled(1, 3, 1), labels: [0, 1, 4] })).toThrow(
      "fitTemperature, label of picture 2: expected a class in [0, 4), got 4.",
    );
  });
});
