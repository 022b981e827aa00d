import { expect, test } from "vitest";
import { checkClose } from "../../../test/support/check-close.ts";
import { drawProblem, without } from "../../../test/support/features/draw-problem.ts";
import {
  dotOf,
  inRows,
  meanCrossEntropy,
  rowsOf,
  slopes,
} from "../../../test/support/features/plain-matrix.ts";
import { FLOAT32_CHAIN, SAME_ARITHMETIC } from "../../../test/support/tolerances.ts";
import type { FeatureProblem } from "../feature-method.ts";
import { multiplyTransposed } from "./matrix-product.ts";
import { tipAdapter } from "./tip-adapter.ts";
import { tipAdapterF } from "./tip-adapter-f.ts";
import { cacheLogits } from "./tip-cache.ts";

const GIVEN = { alpha: 2, beta: 3, scale: 0.5 };

/** Logits as in the paper; each picture may leave its own key out. */
function reference(
  problem: FeatureProblem,
  keys: number[][],
  leaveOut: (picture: number) => boolean,
): number[][] {
  const texts = problem.textFeatures === undefined ? [] : rowsOf(problem.textFeatures);
  return rowsOf(problem.features).map((f, i) =>
    Array.from({ length: problem.classCount }, (_, c) => {
      const votes = keys.reduce((sum, key, n) => {
        if (problem.labels[n] !== c || (n === i && leaveOut(i))) return sum;
        return sum + Math.exp(-GIVEN.beta * (1 - dotOf(f, key)));
      }, 0);
      return GIVEN.scale * (problem.logitScale * dotOf(f, texts[c] ?? []) + GIVEN.alpha * votes);
    }),
  );
}

test.each([true, false])("logits equal the formula, words: %s", async (words) => {
  const problem = drawProblem({ counts: [3, 1, 2], words });
  const fit = await tipAdapter.fit(problem, GIVEN);
  expect(fit.hyperparameters).toEqual({ ...GIVEN, classes: 3 });
  const found = await tipAdapter.score({ ...problem, ...fit }, problem.features);
  const expected = reference(problem, rowsOf(problem.features), () => false);
  checkClose(found, { shape: [6, 3], data: expected.flat() }, FLOAT32_CHAIN);
});

test("leave-one-out equals asking the cache without each picture", () => {
  const problem = drawProblem({ counts: [3, 1, 2] });
  const query = (support: FeatureProblem, features = support.features) => ({
    affinities: multiplyTransposed(features, support.features),
    labels: support.labels,
    classCount: 3,
    beta: 4,
  });
  const found = rowsOf(cacheLogits({ ...query(problem), leaveOneOut: true }));
  problem.labels.forEach((_, picture) => {
    const expected = rowsOf(cacheLogits(query(without(problem, picture), problem.features)))[picture] ?? [];
    checkClose({ shape: [3], data: found[picture] ?? [] }, { shape: [3], data: expected }, SAME_ARITHMETIC);
  });
});

test("one picture a class gives the defaults, without words a larger alpha", async () => {
  const counts = [1, 1, 1];
  const chosen = async (words: boolean) =>
    (await tipAdapter.fit(drawProblem({ counts, words }), {})).hyperparameters;
  expect(await chosen(true)).toEqual({ alpha: 1, scale: 1, beta: 5.5, classes: 3 });
  expect(await chosen(false)).toEqual({ alpha: 30, scale: 1, beta: 5.5, classes: 3 });
});

test("Tip-Adapter-F takes AdamW's first step down the loss without own keys", async () => {
  const problem = drawProblem({ counts: [3, 1, 2] });
  const { data } = problem.features;
  const fit = await tipAdapterF.fit(problem, { ...GIVEN, epochs: 1, learningRate: 1e-3 });
  const gradient = slopes(data, (keys) =>
    // The second class has one picture, which keeps its key.
    meanCrossEntropy(
      reference(problem, inRows(keys, 6), (i) => problem.labels[i] !== 1),
      problem.labels,
    ),
  );
  const expected = gradient.map(
    (g, i) => (data[i] ?? 0) * (1 - 1e-3 * 0.01) - (1e-3 * g) / (Math.abs(g) + 1e-4),
  );
  checkClose(fit.tensors.keys as never, { shape: [6, 6], data: expected }, { rtol: 1e-6, atol: 2e-6 });
  expect(fit.hyperparameters).toEqual({ ...GIVEN, classes: 3, epochs: 1, learningRate: 1e-3 });
});
