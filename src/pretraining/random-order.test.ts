import fc from "fast-check";
import { expect, test } from "vitest";
import { createRandomOrder, createStream } from "./random-order.ts";

const items = ["a", "b", "c", "d", "e"];

test("shows each item once an epoch, in another order each time", () => {
  const itemAt = createRandomOrder(items, 1);
  const epochs = Array.from({ length: 4 }, (_, epoch) =>
    items.map((_, place) => itemAt(7, 5 * epoch + place)),
  );
  for (const epoch of epochs) expect([...epoch].sort()).toEqual(items);
  expect(new Set(epochs.map(String)).size).toBeGreaterThan(1);
});

test("has the same item at a place whatever was asked for before", () => {
  const place = fc.integer({ min: 0, max: 60 });
  fc.assert(
    fc.property(fc.array(place), place, fc.integer({ min: 0, max: 9 }), (before, wanted, seed) => {
      const used = createRandomOrder(items, 1);
      for (const earlier of before) used(seed, earlier);
      expect(used(seed, wanted)).toBe(createRandomOrder(items, 1)(seed, wanted));
    }),
  );
});

test("streams of another seed, use or number differ", () => {
  const first = (seed: number, use: number, number: number) => createStream(seed, use, number).random();
  const draws = [first(1, 1, 1), first(2, 1, 1), first(1, 2, 1), first(1, 1, 2), first(0, 1, 1)];
  expect(new Set(draws).size).toBe(draws.length);
});
