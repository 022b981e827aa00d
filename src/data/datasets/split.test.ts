import { expect, test } from "vitest";
import { classNamesOf, type SplitPicture } from "./split.ts";

const picture = (label: number, className: string, path = `${className}.jpg`): SplitPicture => ({
  path,
  label,
  className,
});
const both = [picture(1, "big_dog"), picture(0, "cat")];
const named = (train: readonly SplitPicture[], val: readonly SplitPicture[] = []) =>
  classNamesOf({ train, val, test: both }, "split.json");

test("names are those of prompts, by label", () => {
  expect(named(both)).toEqual(["cat", "big dog"]);
});

test.each([
  ["an empty part", [], [], 'pictures in the part "train", got none'],
  [
    "labels with a gap",
    [...both, picture(4, "cow")],
    [],
    "pictures of each label from 0 to 4, got none of 2, 3",
  ],
  [
    "labels with many gaps",
    [...both, picture(50, "cow")],
    [],
    "pictures of each label from 0 to 50, got none of 2, 3, 4, 5, 6 and 43 more",
  ],
  [
    "a label with two names",
    [...both, picture(0, "tiger", "x.jpg")],
    [],
    'one name for each label, got "cat" and, for "x.jpg", "tiger" for label 0',
  ],
  [
    "a class with nothing to learn from",
    both,
    [picture(2, "cow")],
    'pictures of each class in the part "train", got none of "cow"',
  ],
])("refuses %s", (_, train, val, message) => {
  expect(() => named(train, val)).toThrow(
    `split.json: expected ${message}. Get the published split file again, or correct this one.`,
  );
});

test("refuses two classes with one name, in prompts too", () => {
  expect(() => named([...both, picture(2, "big dog")])).toThrow(
    'split.json: expected a name of its own for each label, got "big dog" for both 1 and 2. Merge the classes or rename one.',
  );
});

test("refuses a split with nothing to test on", () => {
  expect(() => classNamesOf({ train: both, val: [], test: [] }, "split.json")).toThrow(
    'split.json: expected pictures in the part "test", got none.',
  );
});
