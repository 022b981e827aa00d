import fc from "fast-check";
import { expect, test } from "vitest";
import { frozenSlots, learnedSlots, rowsOfRun, type Slot, slotRuns, sourceOf } from "./prompt-filling.ts";

const slot = fc.oneof(
  fc.nat(9).map((id): Slot => ({ id })),
  fc.record({ source: fc.constantFrom("a", "b"), row: fc.nat(4) }),
);

test("slots are frozen tokens, or consecutive rows of a source", () => {
  expect(frozenSlots([7, 7, 2])).toEqual([{ id: 7 }, { id: 7 }, { id: 2 }]);
  expect(frozenSlots([])).toEqual([]);
  expect(learnedSlots("a", { count: 2 })).toEqual([
    { source: "a", row: 0 },
    { source: "a", row: 1 },
  ]);
  expect(learnedSlots("a", { start: 3, count: 1 })).toEqual([{ source: "a", row: 3 }]);
  expect(learnedSlots("a", { count: 0 })).toEqual([]);
});

test("runs are as long as they can be, and together the slots in their order", () => {
  fc.assert(
    fc.property(fc.array(slot, { maxLength: 12 }), (slots) => {
      const runs = slotRuns(slots);
      expect(runs.flatMap((run) => run.slots)).toEqual(slots);
      let next = 0;
      runs.forEach((run, index) => {
        expect(run.start).toBe(next);
        next += run.slots.length;
        expect(run.slots.length).toBeGreaterThan(0);
        for (const own of run.slots) expect(sourceOf(own)).toBe(run.source);
        if (index > 0) expect(run.source).not.toBe(runs[index - 1]?.source);
        expect(rowsOfRun(run)).toEqual(run.slots.flatMap((own) => ("row" in own ? [own.row] : [])));
      });
    }),
  );
});
