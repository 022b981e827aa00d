import { expect, test } from "vitest";
import { median, medianRatio, repeat, timeInTurns } from "./timing.ts";

test("the median is the middle, or the mean of the two in the middle", () => {
  expect(median([30, 1, 2])).toBe(2);
  expect(median([4, 1, 30, 2])).toBe(3);
  expect(median([])).toBeNaN();
});

test("ratios are taken round by round, so that slow rounds do not count", () => {
  expect(medianRatio([2, 20, 2], [1, 10, 1])).toBe(2);
});

test("actions take turns after one run that is not counted", async () => {
  const calls: string[] = [];
  const action = (name: string) => async () => calls.push(name);
  const times = await timeInTurns({ a: action("a"), b: action("b") }, 2);
  expect(calls.join("")).toBe("ababab");
  expect([times.a.length, times.b.length]).toEqual([2, 2]);
});

test("a repeated action runs as often as asked, one after the other", async () => {
  const calls: string[] = [];
  const action = async () => {
    calls.push("start");
    await null;
    calls.push("end");
  };
  await repeat(action, 2)();
  expect(calls).toEqual(["start", "end", "start", "end"]);
});
