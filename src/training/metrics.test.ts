import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createTensor } from "../tensor/tensor.ts";
import { argMax, evaluatePredictions, mostConfused, rowsOf, topGuesses } from "./metrics.ts";

test("rows are views of the matrix", () => {
  const matrix = createTensor("float32", [2, 3], Float32Array.of(1, 2, 3, 4, 5, 6));
  const rows = rowsOf(matrix);
  expect(rows).toEqual([Float32Array.of(1, 2, 3), Float32Array.of(4, 5, 6)]);
  matrix.data[3] = 9;
  expect(rows[1]?.[0]).toBe(9);
  expect(rowsOf(createTensor("float32", [0, 3], new Float32Array(0)))).toEqual([]);
});

test("of several largest numbers the first counts", () => {
  expect(argMax([1, 3, 3, 2])).toBe(1);
  expect(argMax([-5])).toBe(0);
  expect(argMax([Number.NEGATIVE_INFINITY, -1e30])).toBe(1);
});

describe("the most probable classes", () => {
  test("with their probabilities, in falling order", () => {
    const guesses = topGuesses([0, Math.log(2), Math.log(5)], 2);
    expect(guesses.map(({ label }) => label)).toEqual([2, 1]);
    expect(guesses[0]?.probability).toBeCloseTo(5 / 8, 15);
    expect(guesses[1]?.probability).toBeCloseTo(2 / 8, 15);
  });

  test("of equal ones the lower index first", () => {
    expect(topGuesses([1, 7, 7, 1, 7], 5).map(({ label }) => label)).toEqual([1, 2, 4, 0, 3]);
  });

  test("are those of sorting all of them", () => {
    const logits = fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(logits, fc.nat({ max: 35 }), (values, count) => {
        const sorted = values
          .map((value, label) => ({ value, label }))
          .sort((a, b) => b.value - a.value || a.label - b.label);
        expect(topGuesses(values, count).map(({ label }) => label)).toEqual(
          sorted.slice(0, count).map(({ label }) => label),
        );
      }),
    );
  });

  test("at most as many as there are", () => {
    expect(topGuesses([1, 2], 5)).toHaveLength(2);
    expect(topGuesses([1, 2], 0)).toEqual([]);
  });

  test("however large the logits: CLIP's are up to 100", () => {
    expect(topGuesses([1e4, 1e4 - Math.log(3)], 2).map(({ probability }) => probability)).toEqual([
      expect.closeTo(0.75, 10),
      expect.closeTo(0.25, 10),
    ]);
    // 100 apart: float32 would give 0.
    expect(topGuesses([100, 0], 2)[1]?.probability).toBeCloseTo(Math.exp(-100), 50);
    expect(topGuesses([100, 0], 2)[1]?.probability).toBeGreaterThan(3e-44);
  });

  test("sum to one, and do not depend on a constant added to all logits", () => {
    const logits = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(logits, fc.integer({ min: -50, max: 50 }), (values, shift) => {
        const guesses = topGuesses(values, values.length);
        expect(guesses.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 12);
        expect(guesses.map(({ label }) => label).sort((a, b) => a - b)).toEqual(values.map((_, i) => i));
        guesses.slice(1).forEach(({ probability }, i) => {
          expect(probability).toBeLessThanOrEqual(guesses[i]?.probability ?? 0);
        });
        const shifted = topGuesses(
          values.map((value) => value + shift),
          1,
        )[0];
        expect(shifted?.probability).toBeCloseTo(guesses[0]?.probability ?? Number.NaN, 10);
      }),
    );
  });

  test("a temperature changes probabilities and no order", () => {
    const logits = [1, 3, 2];
    const warm = topGuesses(logits, 3, { temperature: 2 });
    expect(warm.map(({ label }) => label)).toEqual([1, 2, 0]);
    const sum = Math.exp(0.5) + Math.exp(1.5) + Math.exp(1);
    expect(warm[0]?.probability).toBeCloseTo(Math.exp(1.5) / sum, 12);
    expect(topGuesses(logits, 3, { temperature: 1 })).toEqual(topGuesses(logits, 3));
  });

  test("the first is the largest logit even where probabilities round to the same number", () => {
    expect(topGuesses([-800, -801, 0], 3).map(({ label }) => label)).toEqual([2, 0, 1]);
    expect(topGuesses([-801, -800, 0], 3).map(({ label }) => label)).toEqual([2, 1, 0]);
  });
});

describe("an evaluation", () => {
  const evaluation = evaluatePredictions([0, 1, 1, 0, 2, 2], [0, 0, 1, 0, 1, 2], 4);

  test("has the share of pictures that are right, over all and by class", () => {
    expect(evaluation).toMatchObject({ accuracy: 4 / 6, correct: 4, total: 6 });
    expect(evaluation.perClass).toEqual([
      { accuracy: 2 / 3, total: 3 },
      { accuracy: 1 / 2, total: 2 },
      { accuracy: 1, total: 1 },
      { accuracy: Number.NaN, total: 0 },
    ]);
  });

  test("has Wilson's interval of the accuracy", () => {
    expect(evaluation.interval.lower).toBeCloseTo(0.3, 2);
    expect(evaluation.interval.upper).toBeCloseTo(0.903, 3);
  });

  test("counts pictures by true and predicted class", () => {
    expect(evaluation.confusion).toEqual([
      { label: 0, predicted: 0, count: 2 },
      { label: 0, predicted: 1, count: 1 },
      { label: 1, predicted: 1, count: 1 },
      { label: 1, predicted: 2, count: 1 },
      { label: 2, predicted: 2, count: 1 },
    ]);
  });

  test("of nothing has no accuracy", () => {
    const empty = { accuracy: Number.NaN, interval: { lower: 0, upper: 1 }, correct: 0, total: 0 };
    expect(evaluatePredictions([], [], 2)).toMatchObject(empty);
  });

  test("agrees with counting one by one", () => {
    const label = fc.nat({ max: 4 });
    fc.assert(
      fc.property(fc.array(fc.tuple(label, label), { minLength: 1, maxLength: 60 }), (pairs) => {
        const [predicted, labels] = [pairs.map(([p]) => p), pairs.map(([, l]) => l)];
        const { accuracy, confusion, perClass } = evaluatePredictions(predicted, labels, 5);
        expect(accuracy).toBe(pairs.filter(([p, l]) => p === l).length / pairs.length);
        expect(confusion.reduce((sum, { count }) => sum + count, 0)).toBe(pairs.length);
        for (const { label: l, predicted: p, count } of confusion) {
          expect(count).toBe(pairs.filter((pair) => pair[0] === p && pair[1] === l).length);
        }
        perClass.forEach(({ total }, c) => {
          expect(total).toBe(labels.filter((l) => l === c).length);
        });
      }),
    );
  });

  test("refuses lists of different lengths, and classes that there are not", () => {
    expect(() => evaluatePredictions([0, 1], [0], 2)).toThrow(
      "evaluatePredictions: expected 1 predictions, one for each label, got 2.",
    );
    expect(() => evaluatePredictions([0], [2], 2)).toThrow(
      "evaluatePredictions, label of picture 0: expected a class in [0, 2), got 2.",
    );
    expect(() => evaluatePredictions([1, -1], [0, 0], 2)).toThrow(
      "evaluatePredictions, prediction of picture 1: expected a class in [0, 2), got -1.",
    );
  });
});

test("the most confused pairs come in falling order, of equal ones the lower class first", () => {
  const evaluation = evaluatePredictions([1, 1, 0, 2, 0, 0, 2], [0, 0, 1, 1, 2, 2, 2], 3);
  const all = [
    { label: 0, predicted: 1, count: 2 },
    { label: 2, predicted: 0, count: 2 },
    { label: 1, predicted: 0, count: 1 },
    { label: 1, predicted: 2, count: 1 },
  ];
  expect(mostConfused(evaluation, 10)).toEqual(all);
  expect(mostConfused(evaluation, 3)).toEqual(all.slice(0, 3));
  expect(mostConfused(evaluatePredictions([0, 1], [0, 1], 2), 3)).toEqual([]);
});
