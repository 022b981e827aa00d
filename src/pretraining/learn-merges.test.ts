import fc from "fast-check";
import { expect, test } from "vitest";
import { type CountedWord, learnMerges } from "./learn-merges.ts";

/** Counts everything anew for each merge. */
function learnPlainly(words: readonly CountedWord[], firstId: number, maxMerges: number): number[][] {
  let current = words.map(({ symbols, count }) => ({ symbols: [...symbols], count }));
  const merges: number[][] = [];
  while (merges.length < maxMerges) {
    const counts = new Map<string, number>();
    for (const { symbols, count } of current) {
      for (let i = 1; i < symbols.length; i++) {
        const pair = `${symbols[i - 1]} ${symbols[i]}`;
        counts.set(pair, (counts.get(pair) ?? 0) + count);
      }
    }
    const [best] = [...counts]
      .map(([pair, count]) => ({ pair: pair.split(" ").map(Number) as [number, number], count }))
      .sort((a, b) => b.count - a.count || a.pair[0] - b.pair[0] || a.pair[1] - b.pair[1]);
    if (best === undefined) break;
    const symbol = firstId + merges.length;
    merges.push(best.pair);
    current = current.map(({ symbols, count }) => {
      const joined: number[] = [];
      for (const next of symbols) {
        if (joined.at(-1) === best.pair[0] && next === best.pair[1]) joined.splice(-1, 1, symbol);
        else joined.push(next);
      }
      return { symbols: joined, count };
    });
  }
  return merges;
}

test("joins the most frequent neighbours first", () => {
  // Words a b c, five times, and b c, three times: b c occurs 8 times, then a (b c) 5 times.
  const words = [
    { symbols: [0, 1, 2], count: 5 },
    { symbols: [1, 2], count: 3 },
  ];
  expect(learnMerges(words, { firstId: 3, maxMerges: 9 })).toEqual([
    [1, 2],
    [0, 3],
  ]);
});

test("joins equally frequent neighbours in the order of their ids", () => {
  const words = [
    { symbols: [2, 0], count: 1 },
    { symbols: [1, 2], count: 1 },
    { symbols: [1, 0], count: 1 },
  ];
  expect(learnMerges(words, { firstId: 3, maxMerges: 3 })).toEqual([
    [1, 0],
    [1, 2],
    [2, 0],
  ]);
});

test("learns what counting anew for each merge learns, whatever the order of the words", () => {
  const words = fc.array(
    fc.record({
      // Few symbols, so that runs of equal ones and overlapping pairs are frequent.
      symbols: fc.array(fc.nat(2), { minLength: 1, maxLength: 9 }),
      count: fc.integer({ min: 1, max: 4 }),
    }),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(words, fc.nat(30), fc.nat(30), (given, most, fewer) => {
      const merges = learnMerges(given, { firstId: 3, maxMerges: most });
      expect(merges).toEqual(learnPlainly(given, 3, most));
      expect(learnMerges([...given].reverse(), { firstId: 3, maxMerges: most })).toEqual(merges);
      const less = learnMerges(given, { firstId: 3, maxMerges: Math.min(fewer, most) });
      expect(less).toEqual(merges.slice(0, Math.min(fewer, most)));
    }),
  );
});

test("ends where each word is one symbol", () => {
  expect(learnMerges([{ symbols: [0], count: 9 }], { firstId: 1, maxMerges: 5 })).toEqual([]);
  expect(learnMerges([], { firstId: 1, maxMerges: 5 })).toEqual([]);
  expect(learnMerges([{ symbols: [0, 0, 0, 0], count: 1 }], { firstId: 1, maxMerges: 5 })).toEqual([
    [0, 0],
    [1, 1],
  ]);
});
