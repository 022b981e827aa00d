import { expect, test } from "vitest";
import { matchClasses } from "./match-classes.ts";

test("classes are found by name, in any order", () => {
  expect(matchClasses({ classNames: ["cat", "dog", "fox"] }, ["fox", "cat"])).toEqual([2, 0]);
});

test("a name that is not there is -1", () => {
  expect(matchClasses({ classNames: ["cat"] }, ["cow", "cat"])).toEqual([-1, 0]);
});

test("of two classes of one name the first is the first, the second the second, and there is no third", () => {
  const known = { classNames: ["missile", "cat", "missile"] };
  expect(matchClasses(known, ["missile", "missile", "cat"])).toEqual([0, 2, 1]);
  expect(matchClasses(known, ["missile", "missile", "missile"])).toEqual([0, 2, -1]);
});

test("a renamed class is found by its new name and by the one that it was learned by", () => {
  const known = { classNames: ["grey wolf", "dog"], promptNames: ["wolf", "dog"] };
  expect(matchClasses(known, ["dog", "grey wolf"])).toEqual([1, 0]);
  expect(matchClasses(known, ["dog", "wolf"])).toEqual([1, 0]);
});

test("the name that is shown goes before the one in another class's prompt", () => {
  const known = { classNames: ["wolf", "wild dog"], promptNames: ["coyote", "wolf"] };
  expect(matchClasses(known, ["wolf"])).toEqual([0]);
  expect(matchClasses(known, ["coyote"])).toEqual([0]);
});

test("the name in the prompt is not taken where that would be a guess", () => {
  const known = { classNames: ["rocket", "dart", "cat"], promptNames: ["missile", "missile", "tiger"] };
  expect(matchClasses(known, ["missile", "cat"])).toEqual([-1, 2]);
  expect(matchClasses(known, ["cat", "tiger"])).toEqual([2, -1]);
  expect(matchClasses(known, ["tiger", "tiger"])).toEqual([-1, -1]);
});
