import { expect, test } from "vitest";
import { matchClasses } from "./match-classes.ts";

test("classes are found by name, in any order", () => {
  expect(matchClasses(["cat", "dog", "fox"], ["fox", "cat"])).toEqual([2, 0]);
});

test("a name that is not there is -1", () => {
  expect(matchClasses(["cat"], ["cow", "cat"])).toEqual([-1, 0]);
});

test("of two classes of one name the first is the first, the second the second, and there is no third", () => {
  const known = ["missile", "cat", "missile"];
  expect(matchClasses(known, ["missile", "missile", "cat"])).toEqual([0, 2, 1]);
  expect(matchClasses(known, ["missile", "missile", "missile"])).toEqual([0, 2, -1]);
});
