import { expect, test } from "vitest";
import { checkClose } from "../../../test/support/check-close.ts";
import { drawProblem, without } from "../../../test/support/features/draw-problem.ts";
import { dotOf, inverse, type Rows, rowsOf, times } from "../../../test/support/features/plain-matrix.ts";
import { FLOAT32_CHAIN } from "../../../test/support/tolerances.ts";
import type { FeatureProblem } from "../feature-method.ts";
import { fitKernelRidge, leaveOneOutFit } from "./kernel-ridge.ts";
import { proker } from "./proker.ts";
import { zeroShotLogits } from "./zero-shot-logits.ts";

const INVERSE = { rtol: 1e-9, atol: 1e-9 };
const asNumbers = (rows: Rows) => ({ shape: [rows.length, rows[0]?.length ?? 0], data: rows.flat() });

const kernel = (a: Rows, b: Rows, beta: number) =>
  a.map((x) => b.map((y) => Math.exp(-beta * (1 - dotOf(x, y)))));

const withRidge = (matrix: Rows, ridge: number) =>
  matrix.map((row, i) => row.map((x, j) => (i === j ? x + ridge : x)));

function reference(
  problem: FeatureProblem,
  {
    alpha,
    beta,
    lambda,
    features = rowsOf(problem.features),
  }: Record<"alpha" | "beta" | "lambda", number> & { features?: Rows },
): Rows {
  const support = rowsOf(problem.features);
  const base = (rows: Rows) => {
    const texts = problem.textFeatures;
    return rows.map((f) =>
      Array.from({ length: problem.classCount }, (_, c) =>
        texts === undefined ? 0 : problem.logitScale * dotOf(f, rowsOf(texts)[c] ?? []),
      ),
    );
  };
  const residuals = base(support).map((row, i) =>
    row.map((logit, c) => (problem.labels[i] === c ? alpha : 0) - logit),
  );
  const weights = times(inverse(withRidge(kernel(support, support, beta), lambda)), residuals);
  const learned = times(kernel(features, support, beta), weights);
  return base(features).map((row, i) => row.map((logit, c) => logit + (learned[i]?.[c] ?? 0)));
}

test.each([true, false])(
  "logits equal the closed form with an explicit inverse, words: %s",
  async (words) => {
    const problem = drawProblem({ counts: [4, 2, 3], words });
    const given = { alpha: 7, beta: 2, lambda: 0.2, scale: 1 };
    const fit = await proker.fit(problem, given);
    expect(fit.hyperparameters).toEqual(given);
    const others = drawProblem({ seed: 9 }).features;
    const found = await proker.score({ ...problem, ...fit }, others);
    checkClose(found, asNumbers(reference(problem, { ...given, features: rowsOf(others) })), FLOAT32_CHAIN);
  },
);

test("leave-one-out equals fitting without each picture", () => {
  const problem = drawProblem({ counts: [4, 2, 3] });
  const targets = zeroShotLogits(problem);
  const found = rowsOf(leaveOneOutFit(fitKernelRidge(problem.features, 2), 0.2, targets));
  problem.labels.forEach((_, picture) => {
    const rest = rowsOf(without(problem, picture).features);
    const restTargets = rowsOf(targets).filter((_, i) => i !== picture);
    const weights = times(inverse(withRidge(kernel(rest, rest, 2), 0.2)), restTargets);
    const expected = times(kernel([rowsOf(problem.features)[picture] ?? []], rest, 2), weights);
    checkClose(asNumbers([found[picture] ?? []]), asNumbers(expected), INVERSE, `picture ${picture}`);
  });
});

test("one picture a class gives the defaults", async () => {
  const fit = await proker.fit(drawProblem({ counts: [1, 1, 1] }), { beta: 3 });
  expect(fit.hyperparameters).toEqual({ alpha: 20, scale: 1, beta: 3, lambda: 0.1 });
});

test("refuses more pictures than can be decomposed", async () => {
  const problem = drawProblem({ counts: [4001], width: 1 });
  await expect(proker.fit(problem, {})).rejects.toThrow(
    "proker, support set: expected at most 4000 pictures, as its time grows with their cube, got 4001. " +
      "Take fewer shots, or gda or linear-probe.",
  );
});
