import { expect, test } from "vitest";
import type { Entry } from "./contest.ts";
import { pickWinner } from "./pick-winner.ts";

const entry = (method: string, accuracy: number, bytes: number, seconds: number): Entry =>
  ({
    result: { method, test: { accuracy }, bytes, seconds },
    adapter: {},
  }) as unknown as Entry;

const nameOf = (entries: Entry[]) => pickWinner(entries)?.result.method;

test("the most accurate wins, whatever its size and time", () => {
  expect(nameOf([entry("a", 0.5, 10, 1), entry("b", 0.6, 99, 9), entry("c", 0.4, 1, 0)])).toBe("b");
});

test("of equal ones the smaller adapter, then the first, whichever trained faster", () => {
  expect(nameOf([entry("a", 0.5, 20, 1), entry("b", 0.5, 10, 9)])).toBe("b");
  expect(nameOf([entry("a", 0.5, 10, 9), entry("b", 0.5, 10, 1)])).toBe("a");
});

test("of none, or none that could run, there is no winner", () => {
  expect(pickWinner([])).toBeUndefined();
  expect(pickWinner([{ result: { method: "maple", problem: "needs" } } as Entry])).toBeUndefined();
});
