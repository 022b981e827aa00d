import { expect, test } from "vitest";
import { isWorthThreads } from "./worth-threads.ts";

const times = (count: number, bytes: number, views: number) =>
  Array.from({ length: count }, () => ({ bytes, missing: Array.from({ length: views }, (_, view) => view) }));

test.for([
  ["nothing", times(0, 0, 0), false],
  ["a hundred thumbnails", times(100, 8_000, 1), false],
  ["a thousand thumbnails", times(1000, 8_000, 1), true],
  ["fifty small photographs", times(50, 79_000, 1), false],
  ["fifty small photographs in eight views", times(50, 79_000, 8), true],
  ["two photographs of a telephone", times(2, 2_700_000, 1), false],
  ["five photographs of a telephone", times(5, 2_700_000, 1), true],
] as const)("%s", ([, work, expected]) => {
  expect(isWorthThreads(work)).toBe(expected);
});
