import fc from "fast-check";
import { expect, test } from "vitest";
import { CELL_BYTES, jobsForMemory } from "./jobs-for-memory.ts";

const GB = 2 ** 30;

test.each([
  { cores: 16, freeBytes: 128 * GB, jobs: 16, why: "cores" },
  { cores: 16, freeBytes: 20 * GB, jobs: 6, why: "memory" },
  { cores: 2, freeBytes: 1 * GB, jobs: 1, why: "neither, but one in any case" },
])("$jobs cells fit into $cores cores and $freeBytes bytes, by $why", ({ jobs, ...room }) => {
  expect(jobsForMemory(room)).toBe(jobs);
});

test("small cells leave it to the cores", () => {
  expect(jobsForMemory({ cores: 8, freeBytes: 4 * GB, cellBytes: GB / 2 })).toBe(8);
});

test("it is a whole number from 1 that fits", () => {
  const room = fc.record({
    cores: fc.integer({ min: 1, max: 512 }),
    freeBytes: fc.integer({ min: 0, max: 2 ** 45 }),
  });
  fc.assert(
    fc.property(room, ({ cores, freeBytes }) => {
      const jobs = jobsForMemory({ cores, freeBytes });
      expect(Number.isInteger(jobs) && jobs >= 1 && jobs <= cores).toBe(true);
      if (jobs > 1) expect(jobs * CELL_BYTES).toBeLessThanOrEqual(freeBytes);
    }),
  );
});
