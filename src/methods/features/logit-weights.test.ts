import fc from "fast-check";
import { expect, test } from "vitest";
import { seededTensor } from "../../../test/support/seeded-tensor.ts";
import { createTensor, type Tensor } from "../../tensor/tensor.ts";
import { scoreHeldOut } from "./held-out.ts";
import { fitLogitWeights, type LogitParts, weighLogits } from "./logit-weights.ts";

const labels = Array.from({ length: 24 }, (_, i) => i % 3);
const judged = { labels, pictures: labels.map((_, i) => i) };

/** Noise, with something added at the true class. */
function drawLogits(seed: number, atOwn: number): Tensor<"float64"> {
  const noise = seededTensor(seed)([24, 3], 2);
  const data = Float64Array.from(noise.data);
  labels.forEach((label, i) => {
    data[3 * i + label]! += atOwn;
  });
  return createTensor("float64", [24, 3], data);
}

const lossOf = (parts: LogitParts, alpha: number, scale: number) =>
  scoreHeldOut(weighLogits(parts, { alpha, scale }), judged).logLoss;

test("no weights nearby have less log-loss", () => {
  fc.assert(
    fc.property(fc.nat(1000), fc.constantFrom(0.1, 1, 30), (seed, size) => {
      const base = drawLogits(seed, 0.5);
      const parts = {
        base: { ...base, data: base.data.map((x) => size * x) },
        extra: drawLogits(seed + 1, 0.8),
      };
      const { alpha, scale } = fitLogitWeights(parts, judged, { given: {}, hasWords: true });
      const best = lossOf(parts, alpha, scale);
      for (const factor of [0.9, 1.1]) {
        expect(lossOf(parts, alpha * factor, scale)).toBeGreaterThan(best - 1e-6);
        expect(lossOf(parts, alpha, scale * factor)).toBeGreaterThan(best - 1e-6);
      }
    }),
    { numRuns: 25 },
  );
});

test("what is given stays, and the other is fitted to it", () => {
  const parts = { base: drawLogits(1, 0.5), extra: drawLogits(2, 0.8) };
  const weights = (given: { alpha?: number; scale?: number }) =>
    fitLogitWeights(parts, judged, { given, hasWords: true });
  expect(weights({ alpha: 3, scale: 2 })).toEqual({ alpha: 3, scale: 2 });
  const byAlpha = weights({ alpha: 3 });
  expect(byAlpha.alpha).toBe(3);
  expect(lossOf(parts, 3, byAlpha.scale)).toBeLessThan(lossOf(parts, 3, byAlpha.scale * 1.2));
  expect(lossOf(parts, 3, byAlpha.scale)).toBeLessThan(lossOf(parts, 3, byAlpha.scale / 1.2));
  const byScale = weights({ scale: 0.5 });
  expect(byScale.scale).toBe(0.5);
  expect(lossOf(parts, byScale.alpha, 0.5)).toBeLessThan(lossOf(parts, byScale.alpha * 1.2, 0.5));
  expect(lossOf(parts, byScale.alpha, 0.5)).toBeLessThan(lossOf(parts, byScale.alpha / 1.2, 0.5));
});

test("without words scale is 1", () => {
  const parts = { base: createTensor("float64", [24, 3], new Float64Array(72)), extra: drawLogits(2, 0.8) };
  const { scale, alpha } = fitLogitWeights(parts, judged, { given: {}, hasWords: false });
  expect(scale).toBe(1);
  expect(alpha).toBeGreaterThan(0.1);
  // What is learned decides even where it is worse than guessing.
  const worse = { base: parts.base, extra: drawLogits(2, -3) };
  expect(fitLogitWeights(worse, judged, { given: {}, hasWords: false })).toEqual({ alpha: 1e-4, scale: 1 });
});

test("a part that is worse than nothing has no weight", () => {
  const parts = { base: drawLogits(1, 2), extra: drawLogits(2, -3) };
  expect(fitLogitWeights(parts, judged, { given: {}, hasWords: true }).alpha).toBe(0);
  const wrong = { base: drawLogits(1, -3), extra: drawLogits(2, 2) };
  const { alpha, scale } = fitLogitWeights(wrong, judged, { given: {}, hasWords: true });
  // Zero-shot then has next to no say.
  expect(scale).toBe(1e-4);
  expect(alpha * scale).toBeGreaterThan(0.1);
});

test("pictures that can be told apart perfectly leave the weights finite", () => {
  const parts = { base: drawLogits(1, 50), extra: drawLogits(2, 50) };
  const { alpha, scale } = fitLogitWeights(parts, judged, { given: {}, hasWords: true });
  expect(Number.isFinite(alpha) && Number.isFinite(scale) && scale > 0).toBe(true);
  expect(lossOf(parts, alpha, scale)).toBeLessThan(1e-4);
});
