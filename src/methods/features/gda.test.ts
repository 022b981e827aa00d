import { describe, expect, test } from "vitest";
import { checkClose } from "../../../test/support/check-close.ts";
import { drawProblem, without } from "../../../test/support/features/draw-problem.ts";
import {
  dotOf,
  inverse,
  type Rows,
  rowsOf,
  times,
  transposed,
} from "../../../test/support/features/plain-matrix.ts";
import { FLOAT32_CHAIN } from "../../../test/support/tolerances.ts";
import type { FeatureProblem } from "../feature-method.ts";
import { countPictures } from "./class-statistics.ts";
import { fitGaussians, gaussianClassifier, leaveOneOutLogits } from "./gaussians.ts";
import { gda } from "./gda.ts";

/** Two ways to one float64 result through an inverse. */
const INVERSE = { rtol: 1e-9, atol: 1e-9 };

/** Class means and scatter within classes, as in the paper. */
function statistics({ features, labels, classCount }: FeatureProblem) {
  const rows = rowsOf(features);
  const means = Array.from({ length: classCount }, (_, c) => {
    const own = rows.filter((_, i) => labels[i] === c);
    return (rows[0] ?? []).map((_, j) => own.reduce((sum, row) => sum + (row[j] ?? 0), 0) / own.length);
  });
  const centred = rows.map((row, i) => row.map((x, j) => x - (means[labels[i] ?? 0]?.[j] ?? 0)));
  return { rows, means, scatter: times(transposed(centred), centred) };
}

const traceOf = (matrix: Rows) => matrix.reduce((sum, row, i) => sum + (row[i] ?? 0), 0);

/** `f w^T + b` with an explicit inverse; the ridge may be that of another support set. */
function reference(problem: FeatureProblem, ridge: number, features = rowsOf(problem.features)): Rows {
  const { means, scatter } = statistics(problem);
  const width = scatter.length;
  const precision = inverse(scatter.map((row, i) => row.map((x, j) => (i === j ? x + ridge : x)))).map(
    (row) => row.map((x) => width * x),
  );
  const weight = times(means, precision);
  return features.map((f) =>
    weight.map((w, c) => dotOf(f, w) - Math.log(means.length) - dotOf(w, means[c] ?? []) / 2),
  );
}

const ridgeOf = (problem: FeatureProblem, shrinkage: number) =>
  (shrinkage * traceOf(statistics(problem).scatter)) / (problem.labels.length - 1);

const asNumbers = (rows: Rows) => ({ shape: [rows.length, rows[0]?.length ?? 0], data: rows.flat() });

test.each([0.1, 1, 30])("the classifier equals the paper's formula, shrinkage %d", async (shrinkage) => {
  const problem = drawProblem({ counts: [5, 2, 4] });
  const { weight, bias } = gaussianClassifier(fitGaussians(problem, countPictures(problem)), shrinkage);
  const found = rowsOf(problem.features).map((f) =>
    rowsOf(weight).map((w, c) => dotOf(f, w) + (bias[c] ?? 0)),
  );
  checkClose(asNumbers(found), asNumbers(reference(problem, ridgeOf(problem, shrinkage))), INVERSE);
});

test("leave-one-out equals fitting without each picture, at the ridge of all", () => {
  const problem = drawProblem({ counts: [5, 2, 4, 1], width: 7 });
  const counts = countPictures(problem);
  const { labels } = problem;
  const found = rowsOf(leaveOneOutLogits(fitGaussians(problem, counts), { labels, counts, shrinkage: 0.5 }));
  const ridge = ridgeOf(problem, 0.5);
  labels.forEach((label, picture) => {
    const rest = label === 3 ? problem : without(problem, picture);
    const expected = reference(rest, ridge, [rowsOf(problem.features)[picture] ?? []]);
    checkClose(asNumbers([found[picture] ?? []]), asNumbers(expected), INVERSE, `picture ${picture}`);
  });
});

describe("logits", () => {
  test("are the zero-shot ones and alpha times the Gaussians', times scale", async () => {
    const problem = drawProblem();
    const given = { alpha: 0.3, shrinkage: 2, scale: 0.5 };
    const fit = await gda.fit(problem, given);
    expect(fit.hyperparameters).toEqual(given);
    const texts = rowsOf(problem.textFeatures as NonNullable<typeof problem.textFeatures>);
    const expected = reference(problem, ridgeOf(problem, 2)).map((row, i) =>
      row.map((x, c) => 0.5 * (10 * dotOf(rowsOf(problem.features)[i] ?? [], texts[c] ?? []) + 0.3 * x)),
    );
    const found = await gda.score({ ...problem, ...fit }, problem.features);
    checkClose(found, asNumbers(expected), FLOAT32_CHAIN);
  });

  test("with one picture a class come from the scatter around the mean of all, and the defaults", async () => {
    const problem = drawProblem({ counts: [1, 1, 1, 1] });
    const fit = await gda.fit(problem, {});
    expect(fit.hyperparameters).toEqual({ alpha: 0.1, scale: 1, shrinkage: 1 });
    const other = statistics({ ...problem, labels: [0, 0, 0, 0], classCount: 1 }).scatter;
    const ridge = traceOf(other) / 3;
    const precision = inverse(other.map((row, i) => row.map((x, j) => (i === j ? x + ridge : x))));
    const expected = times(rowsOf(problem.features), precision)
      .flat()
      .map((x) => 6 * x);
    checkClose(fit.tensors.weight as never, { shape: [4, 6], data: expected }, FLOAT32_CHAIN);
  });

  test("stay finite where nothing varies", async () => {
    const problem = drawProblem({ counts: [1] });
    const fit = await gda.fit(problem, {});
    const found = await gda.score({ ...problem, ...fit }, problem.features);
    expect(Number.isFinite(found.data[0])).toBe(true);
  });
});

test("less shrinkage is chosen where pictures vary along few directions", async () => {
  const wide = drawProblem({ counts: [12, 12, 12], width: 5, noise: 1, words: false });
  const stretched = {
    ...wide,
    features: { ...wide.features, data: wide.features.data.map((x, i) => (i % 5 === 0 ? 4 * x : x / 4)) },
  };
  const chosen = async (problem: FeatureProblem) =>
    (await gda.fit(problem, {})).hyperparameters.shrinkage ?? 0;
  expect(await chosen(stretched)).toBeLessThan(await chosen(wide));
});
