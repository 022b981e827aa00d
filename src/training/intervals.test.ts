import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DataError } from "../errors.ts";
import { pairedDifference, wilsonInterval } from "./intervals.ts";

/** Correctness of two classifiers, from the four cells of their table. */
function pairs({ both = 0, firstOnly = 0, secondOnly = 0, none = 0 }) {
  const cells = [
    { count: both, pair: [true, true] },
    { count: firstOnly, pair: [true, false] },
    { count: secondOnly, pair: [false, true] },
    { count: none, pair: [false, false] },
  ].flatMap(({ count, pair }) => new Array(count).fill(pair) as boolean[][]);
  return { first: cells.map(([right = false]) => right), second: cells.map(([, right = false]) => right) };
}

function binomial(trials: number, k: number): number {
  let result = 1;
  for (let i = 1; i <= k; i++) result *= (trials - i + 1) / i;
  return result;
}

describe("Wilson's interval", () => {
  test("holds the shares p that are z standard errors away at most", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 500 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (total, share) => {
          const correct = Math.round(share * total);
          const { lower, upper } = wilsonInterval({ correct, total });
          for (const [end, p] of Object.entries({ lower, upper })) {
            if (p === 0 || p === 1) continue;
            const distance = (correct / total - p) / Math.sqrt((p * (1 - p)) / total);
            expect(distance).toBeCloseTo(end === "lower" ? 1.959963984540054 : -1.959963984540054, 6);
          }
        },
      ),
    );
  });

  test("reaches the end where all or none are right, and stays in [0, 1]", () => {
    expect(wilsonInterval({ correct: 10, total: 10 })).toEqual({
      lower: expect.closeTo(0.7225, 4),
      upper: 1,
    });
    expect(wilsonInterval({ correct: 0, total: 10 })).toEqual({ lower: 0, upper: expect.closeTo(0.2775, 4) });
    expect(wilsonInterval({ correct: 0, total: 0 })).toEqual({ lower: 0, upper: 1 });
  });

  test.each([
    [3, 2],
    [-1, 2],
    [0.5, 2],
  ])("refuses %d of %d", (correct, total) => {
    expect(() => wilsonInterval({ correct, total })).toThrow(DataError);
    expect(() => wilsonInterval({ correct, total })).toThrow(
      `wilsonInterval: expected whole numbers with 0 <= correct <= total, got ${correct} of ${total}.`,
    );
  });
});

describe("the difference of two classifiers", () => {
  test("is that of their accuracies, whatever they agree on", () => {
    const found = pairedDifference(pairs({ both: 50, firstOnly: 12, secondOnly: 5, none: 33 }));
    expect(found).toMatchObject({ difference: 0.07, firstOnly: 12, secondOnly: 5 });
    // By hand: 7 / 102, and 1.96 / 102 sqrt(18 - 49 / 102).
    expect(found.interval.lower).toBeCloseTo(-0.0118, 4);
    expect(found.interval.upper).toBeCloseTo(0.1491, 4);
  });

  test("p-values are sums of the binomial distribution", () => {
    fc.assert(
      fc.property(fc.nat(20), fc.nat(20), (firstOnly, secondOnly) => {
        const found = pairedDifference(pairs({ both: 1, firstOnly, secondOnly }));
        const trials = firstOnly + secondOnly;
        const fewer = Math.min(firstOnly, secondOnly);
        let tail = 0;
        for (let k = 0; k <= fewer; k++) tail += binomial(trials, k) / 2 ** trials;
        expect(found.exactPValue).toBeCloseTo(Math.min(2 * tail, 1), 12);
        expect(found.pValue).toBeCloseTo(2 * tail - binomial(trials, fewer) / 2 ** trials, 12);
        expect(found.pValue).toBeLessThanOrEqual(found.exactPValue);
        expect(found.pValue).toBeGreaterThan(0);
      }),
    );
  });

  test("holds the observed difference, and turns round with the classifiers", () => {
    fc.assert(
      fc.property(
        fc.nat(9),
        fc.nat(9),
        fc.nat(9),
        fc.integer({ min: 1, max: 9 }),
        (both, firstOnly, secondOnly, none) => {
          const { difference, interval, pValue } = pairedDifference(
            pairs({ both, firstOnly, secondOnly, none }),
          );
          expect(interval.lower).toBeLessThanOrEqual(difference);
          expect(interval.upper).toBeGreaterThanOrEqual(difference);
          const { first, second } = pairs({ both, firstOnly, secondOnly, none });
          const turned = pairedDifference({ first: second, second: first });
          expect(turned.difference).toBeCloseTo(-difference, 14);
          expect(turned.interval.lower).toBeCloseTo(-interval.upper, 14);
          expect(turned.pValue).toBe(pValue);
        },
      ),
    );
  });

  test("covers the true difference of 0.2 in about 95 of 100 sets of 30 pictures", () => {
    // All tables: the first alone is right with 0.3, the second alone with 0.1.
    let covered = 0;
    for (let firstOnly = 0; firstOnly <= 30; firstOnly++) {
      for (let secondOnly = 0; firstOnly + secondOnly <= 30; secondOnly++) {
        const same = 30 - firstOnly - secondOnly;
        const probability =
          binomial(30, firstOnly) *
          binomial(30 - firstOnly, secondOnly) *
          0.3 ** firstOnly *
          0.1 ** secondOnly *
          0.6 ** same;
        const { interval } = pairedDifference(pairs({ both: same, firstOnly, secondOnly }));
        if (interval.lower <= 0.2 && interval.upper >= 0.2) covered += probability;
      }
    }
    expect(covered).toBeGreaterThan(0.94);
    expect(covered).toBeLessThan(0.97);
  });

  test("of many pictures does not lose itself in rounding", () => {
    const even = pairedDifference(pairs({ firstOnly: 2000, secondOnly: 2000 }));
    expect(even.pValue).toBeCloseTo(1, 9);
    // z = 200 / sqrt(4000) = 3.162, two-sided 0.001565.
    expect(pairedDifference(pairs({ firstOnly: 2100, secondOnly: 1900 })).pValue).toBeCloseTo(0.001565, 5);
  });

  test("of classifiers that agree is 0 with p = 1; of no pictures nothing is known", () => {
    expect(pairedDifference(pairs({ both: 3, none: 2 }))).toMatchObject({
      difference: 0,
      pValue: 1,
      exactPValue: 1,
    });
    const nothing = pairedDifference({ first: [], second: [] });
    expect(nothing).toMatchObject({ difference: Number.NaN, pValue: 1 });
    expect(nothing.interval.lower).toBeLessThan(-0.9);
  });

  test("refuses lists of different lengths", () => {
    expect(() => pairedDifference({ first: [true], second: [] })).toThrow(DataError);
    expect(() => pairedDifference({ first: [true], second: [] })).toThrow(
      "pairedDifference: expected 1 pictures, as of the first classifier, got 0.",
    );
  });
});
