import { expect, test } from "vitest";
import { nearestName } from "./nearest-name.ts";

const known = ["method", "shots", "seed", "schedule", "epochs"];

test.each([
  ["sheduler", "schedule"],
  ["shot", "shots"],
  ["SEED", "seed"],
  ["sede", "seed"],
  ["epoch", "epochs"],
  ["temperature", undefined],
  ["x", undefined],
  ["", undefined],
])("%j probably means %j", (typed, expected) => {
  expect(nearestName(typed, known)).toBe(expected);
});

test("where nothing is known nothing is meant", () => {
  expect(nearestName("seed", [])).toBeUndefined();
});
