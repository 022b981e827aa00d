import fc from "fast-check";
import { expect, test } from "vitest";
import { ConfigError, DataError } from "../errors.ts";
import { createRandom } from "../tensor/random.ts";
import { stratifiedFolds } from "./folds.ts";

/** How often each number below `count` occurs. */
function tally(numbers: readonly number[], count: number): number[] {
  const result = new Array<number>(count).fill(0);
  for (const number of numbers) result[number] = (result[number] ?? 0) + 1;
  return result;
}

const spread = (counts: readonly number[]) => Math.max(...counts) - Math.min(...counts);

test("each class is dealt evenly, and the folds are of one size", () => {
  const sizes = fc.array(fc.integer({ min: 5, max: 13 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(sizes, fc.integer({ min: 2, max: 5 }), fc.nat(), (sizes, folds, seed) => {
      const ordered = sizes.flatMap((size, label) => new Array<number>(size).fill(label));
      const labels = createRandom(seed).shuffle(ordered);
      const found = stratifiedFolds(labels, { folds, random: createRandom(seed) });
      expect(found).toHaveLength(labels.length);
      expect(spread(tally(found, folds))).toBeLessThanOrEqual(1);
      sizes.forEach((_, label) => {
        const counts = tally(
          found.filter((_, picture) => labels[picture] === label),
          folds,
        );
        expect(spread(counts)).toBeLessThanOrEqual(1);
        expect(Math.min(...counts)).toBeGreaterThan(0);
      });
    }),
  );
});

test("the seed decides, and nothing else", () => {
  const labels = Array.from({ length: 40 }, (_, i) => i % 2);
  const draw = (seed: number) => stratifiedFolds(labels, { folds: 4, random: createRandom(seed) });
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
});

test.each([1, 0, -2, 2.5, Number.NaN])("%d folds are refused", (folds) => {
  const options = { folds, random: createRandom(1) };
  expect(() => stratifiedFolds([0, 0, 1, 1], options)).toThrow(ConfigError);
  expect(() => stratifiedFolds([0, 0, 1, 1], options)).toThrow(
    `folds: expected a whole number from 2, got ${folds}.`,
  );
});

test("more folds than pictures of the smallest class are refused, by its name", () => {
  const options = { folds: 3, random: createRandom(1) };
  const labels = [0, 0, 0, 1, 1, 2, 2, 2];
  expect(() => stratifiedFolds(labels, options)).toThrow(DataError);
  expect(() => stratifiedFolds(labels, options)).toThrow(
    "folds: expected at least 3 pictures of each class, one for each fold, got 2 in class 1: folds larger than the " +
      "smallest class. Take fewer folds, or add pictures.",
  );
  const named = { ...options, classNames: ["llama", "emu", "ant"] };
  expect(() => stratifiedFolds(labels, named)).toThrow('got 2 in class "emu": folds larger');
  expect(() => stratifiedFolds([], options)).toThrow("got 0: folds larger than the smallest class.");
});
