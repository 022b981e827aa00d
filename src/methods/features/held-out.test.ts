import { expect, test } from "vitest";
import { createTensor } from "../../tensor/tensor.ts";
import { chooseBest, isBetter, joinScores, scoreHeldOut } from "./held-out.ts";

test("scores the pictures that are judged, and no others", () => {
  const logits = createTensor("float64", [3, 2], Float64Array.of(0, Math.log(3), 9, -9, 1000, 0));
  const score = scoreHeldOut(logits, { labels: [1, 0, 1], pictures: [0, 2] });
  expect(score.accuracy).toBe(0.5);
  // -log(3/4), and 1000 where exp overflows.
  expect(score.logLoss).toBeCloseTo((Math.log(4 / 3) + 1000) / 2, 9);
});

test("of equal logits the first is the prediction", () => {
  const logits = createTensor("float64", [2, 2], new Float64Array(4));
  expect(scoreHeldOut(logits, { labels: [0, 1], pictures: [0, 1] })).toEqual({
    logLoss: Math.LN2,
    accuracy: 0.5,
  });
});

test("the log-loss decides, and in a tie the accuracy, and then the first", () => {
  const better = { logLoss: 0.5, accuracy: 0.7 };
  expect(isBetter(better, { logLoss: 0.6, accuracy: 0.9 })).toBe(true);
  expect(isBetter({ logLoss: 0.50000001, accuracy: 0.8 }, better)).toBe(true);
  expect(isBetter({ logLoss: 0.50000001, accuracy: 0.7 }, better)).toBe(false);
  const candidates = [0.6, 0.5, 0.5].map((logLoss, setting) => ({
    setting,
    score: { logLoss, accuracy: 0.7 },
  }));
  expect(chooseBest(candidates).setting).toBe(1);
});

test("scores of folds are joined by their pictures", () => {
  const joined = joinScores([
    { logLoss: 1, accuracy: 1, pictures: 1 },
    { logLoss: 2, accuracy: 0, pictures: 3 },
  ]);
  expect(joined).toEqual({ logLoss: 1.75, accuracy: 0.25 });
});
