import { expect, test } from "vitest";
import { checkClose } from "../../../test/support/check-close.ts";
import { drawProblem } from "../../../test/support/features/draw-problem.ts";
import {
  inRows,
  meanCrossEntropy,
  rowsOf,
  slopes,
  times,
  transposed,
} from "../../../test/support/features/plain-matrix.ts";
import { FLOAT32_CHAIN } from "../../../test/support/tolerances.ts";
import type { Value } from "../../graph/node.ts";
import { createFeatureObjective, equalTargets, type FeatureModel } from "./feature-objective.ts";

const model: FeatureModel = {
  parameters: { weight: [3, 6] },
  inputs: { strength: [] },
  build(g, f, values) {
    const { weight, strength } = values as Record<"weight" | "strength", Value>;
    const penalty = g.mul(strength, g.reduceSum(g.mul(weight, weight)));
    return { logits: g.gemm(f, weight, undefined, { transB: true }), penalty };
  },
};

test("loss, gradients and logits are those of the pictures that have a share", async () => {
  const problem = drawProblem({ counts: [3, 2, 2] });
  const { runtime, features, labels } = problem;
  const weight = Float32Array.from({ length: 18 }, (_, i) => Math.sin(i));
  const rows = [0, 3, 4, 6];
  const objective = await createFeatureObjective(runtime, model, { batch: 7, width: 6, classCount: 3 });
  const inputs = { strength: Float32Array.of(0.25) };
  const batch = { features, targets: equalTargets(problem, rows, 1 / 4) };
  const found = await objective.evaluate({ weight }, batch, inputs);
  await objective.release();

  const kept = rows.map((row) => rowsOf(features)[row] ?? []);
  const logitsOf = (numbers: number[], pictures: number[][]) =>
    times(pictures, transposed(inRows(numbers, 6)));
  const loss = (numbers: number[]) =>
    meanCrossEntropy(
      logitsOf(numbers, kept),
      rows.map((row) => labels[row] ?? 0),
    ) +
    0.25 * numbers.reduce((sum, x) => sum + x * x, 0);
  const numbers = [...weight];
  expect(found.loss).toBeCloseTo(loss(numbers), 5);
  const expected = { shape: [18], data: slopes(numbers, loss) };
  checkClose({ shape: [18], data: found.gradients.weight ?? [] }, expected, FLOAT32_CHAIN);
  const all = logitsOf(numbers, rowsOf(features)).flat();
  checkClose(found.logits, { shape: [7, 3], data: all }, FLOAT32_CHAIN);
});
