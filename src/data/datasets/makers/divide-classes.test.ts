import { describe, expect, test } from "vitest";
import { createRandom } from "../../../tensor/random.ts";
import type { SplitPicture } from "../split.ts";
import { divideClasses, holdOutValidation } from "./divide-classes.ts";

const picture = (label: number, path: number): SplitPicture => ({
  path: String(path),
  label,
  className: `class ${label}`,
});
const codes = (part: readonly SplitPicture[]) => part.map(({ label, path }) => `${label}${path}`).join(" ");
const options = (seed: number) => ({ random: createRandom(seed), where: "images" });

// Of CPython 3.11: random.seed(seed), then random.shuffle for each class, and round for the sizes of the parts.
describe("divides as CPython's random does", () => {
  test.each([
    [1, "02 03 11 12 10 14 24 21 22 26", "04 15 25 23", "00 01 16 13 20 27"],
    [2, "02 01 15 10 13 14 27 26 22 23", "03 12 21 25", "04 00 11 16 24 20"],
  ])("half, a fifth and the rest of classes of 5, 7 and 8, seed %d", (seed, train, val, test) => {
    const classes = [5, 7, 8].map((count, label) =>
      Array.from({ length: count }, (_, index) => picture(label, index)),
    );
    const split = divideClasses(classes, options(seed));
    expect([codes(split.train), codes(split.val), codes(split.test)]).toEqual([train, val, test]);
  });

  test.each([
    [1, [10, 13, 0, 3, 1, 12, 15, 9, 16, 17, 8, 6, 4, 11], [7, 2, 5, 14]],
    [2, [3, 10, 13, 0, 9, 12, 17, 16, 15, 5, 11, 8, 4, 14], [7, 2, 1, 6]],
  ])("a fifth of each class in order of first appearance, seed %d", (seed, train, val) => {
    const labels = [2, 0, 0, 2, 1, 0, 1, 2, 1, 0, 2, 1, 0, 2, 1, 0, 0, 0];
    const split = holdOutValidation(
      labels.map((label, index) => picture(label, index)),
      options(seed),
    );
    expect(split.train.map(({ path }) => Number(path))).toEqual(train);
    expect(split.val.map(({ path }) => Number(path))).toEqual(val);
  });
});

test("classes of too few pictures cannot be divided", () => {
  const few = [picture(0, 0), picture(0, 1)];
  const message =
    'images: expected enough pictures of each class for all parts of a split, got 2 of "class 0". Some are not there; get the pictures again.';
  expect(() => divideClasses([few], options(1))).toThrow(message);
  expect(() => holdOutValidation(few, options(1))).toThrow(message);
});
