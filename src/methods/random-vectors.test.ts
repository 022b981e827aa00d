import { expect, test } from "vitest";
import { createRandom } from "../tensor/random.ts";
import { RANDOM_STD, randomVectors } from "./random-vectors.ts";

test("random vectors have the published deviation, and the same ones by the same seed", () => {
  const vectors = randomVectors(createRandom(1), 20_000);
  const variance = vectors.reduce((sum, value) => sum + value * value, 0) / vectors.length;
  expect(Math.sqrt(variance) / RANDOM_STD).toBeCloseTo(1, 1);
  expect(randomVectors(createRandom(1), 20_000)).toEqual(vectors);
  expect(randomVectors(createRandom(2), 20_000)).not.toEqual(vectors);
});

test("they have nothing in common with the draws of the seed itself, which a model may have begun with", () => {
  const count = 5000;
  const own = createRandom(1);
  const vectors = randomVectors(createRandom(1), count);
  const products = vectors.reduce((sum, value) => sum + value * own.normal(RANDOM_STD), 0);
  expect(Math.abs(products / (count * RANDOM_STD ** 2))).toBeLessThan(0.1);
});
