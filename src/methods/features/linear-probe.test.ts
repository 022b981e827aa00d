import { expect, test } from "vitest";
import { drawProblem } from "../../../test/support/features/draw-problem.ts";
import { dotOf, rowsOf } from "../../../test/support/features/plain-matrix.ts";
import { createRandom } from "../../tensor/random.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { FeatureProblem } from "../feature-method.ts";
import { linearProbe } from "./linear-probe.ts";

/** Gradient of the sum of cross-entropies, and what the penalty adds to it, for each weight, in float64. */
function gradients(problem: FeatureProblem, weight: Tensor<"float32">, l2: number) {
  const [rows, w] = [rowsOf(problem.features), rowsOf(weight)];
  const texts = problem.textFeatures === undefined ? [] : rowsOf(problem.textFeatures);
  const slopes = w.map((row) => row.map(() => 0));
  rows.forEach((f, i) => {
    const weights = w.map((row) => Math.exp(dotOf(f, row)));
    const sum = weights.reduce((total, x) => total + x, 0);
    slopes.forEach((slope, c) => {
      const error = (weights[c] ?? 0) / sum - (problem.labels[i] === c ? 1 : 0);
      f.forEach((x, j) => {
        slope[j] = (slope[j] ?? 0) + error * x;
      });
    });
  });
  const pulls = w.map((row, c) => row.map((x, j) => l2 * (x - problem.logitScale * (texts[c]?.[j] ?? 0))));
  return { slopes: slopes.flat(), pulls: pulls.flat() };
}

test.each([
  ["with words", { words: true, l2: 0.5 }],
  ["without words", { words: false, l2: 0.5 }],
  ["a weak pull", { words: true, l2: 0.01 }],
  ["fewer pictures than numbers", { words: true, l2: 0.1, width: 20 }],
])("ends where loss and pull are in balance, %s", async (_, { l2, ...shape }) => {
  const problem = drawProblem({ counts: [5, 2, 4], ...shape });
  const fit = await linearProbe.fit(problem, { l2 });
  expect(fit.hyperparameters).toEqual({ l2 });
  const { slopes, pulls } = gradients(problem, fit.tensors.weight as Tensor<"float32">, l2);
  const size = Math.sqrt(dotOf(pulls, pulls));
  const left = slopes.map((slope, i) => slope + (pulls[i] ?? 0));
  expect(Math.sqrt(dotOf(left, left))).toBeLessThan(0.03 * size);
});

test("a strong pull keeps the zero-shot weights", async () => {
  const problem = drawProblem();
  const { tensors } = await linearProbe.fit(problem, { l2: 1e5 });
  const weight = tensors.weight as Tensor<"float32">;
  problem.textFeatures?.data.forEach((x, i) => {
    expect(weight.data[i]).toBeCloseTo(10 * x, 3);
  });
});

test("words that are right pull more strongly than words that are not", async () => {
  const chosen = async (textNoise: number) => {
    const problem = drawProblem({ counts: [5, 5, 5, 5], width: 20, noise: 4, textNoise, seed: 3 });
    return (await linearProbe.fit(problem, {})).hyperparameters.l2 ?? 0;
  };
  expect(await chosen(0.1)).toBeGreaterThan(await chosen(5));
});

test("one picture a class gives the defaults", async () => {
  const chosen = async (words: boolean) =>
    (await linearProbe.fit(drawProblem({ counts: [1, 1, 1], words }), {})).hyperparameters;
  expect(await chosen(true)).toEqual({ l2: 0.03 });
  expect(await chosen(false)).toEqual({ l2: 1e-4 });
});

test("folds follow the random stream", async () => {
  const problem = drawProblem({ counts: [4, 4, 4] });
  const first = await linearProbe.fit({ ...problem, random: createRandom(2) }, {});
  const second = await linearProbe.fit({ ...problem, random: createRandom(2) }, {});
  expect(second).toEqual(first);
});
