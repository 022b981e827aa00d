import fc from "fast-check";
import { expect, test } from "vitest";
import { type CountedPair, PairQueue } from "./pair-queue.ts";

test("gives the most frequent pair first, and of equally frequent ones that with the smallest key", () => {
  const pairs = fc.array(fc.record({ key: fc.nat(20), count: fc.nat(5) }));
  fc.assert(
    fc.property(pairs, (given) => {
      const queue = new PairQueue();
      for (const pair of given) queue.push(pair);
      const taken = Array.from({ length: given.length }, () => queue.pop());
      expect(taken).toEqual([...given].sort((a, b) => b.count - a.count || a.key - b.key));
      expect(queue.pop()).toBeUndefined();
    }),
  );
});

test("takes pairs between takings", () => {
  const queue = new PairQueue();
  const pair = (key: number, count: number): CountedPair => ({ key, count });
  queue.push(pair(1, 2));
  queue.push(pair(2, 3));
  expect(queue.pop()).toEqual(pair(2, 3));
  queue.push(pair(3, 1));
  queue.push(pair(0, 2));
  expect([queue.pop(), queue.pop(), queue.pop(), queue.pop()]).toEqual([
    pair(0, 2),
    pair(1, 2),
    pair(3, 1),
    undefined,
  ]);
});
