import { expect, test } from "vitest";
import { checkClose } from "../../../test/support/check-close.ts";
import { drawProblem } from "../../../test/support/features/draw-problem.ts";
import {
  dotOf,
  inRows,
  meanCrossEntropy,
  normalized,
  type Rows,
  rowsOf,
  slopes,
} from "../../../test/support/features/plain-matrix.ts";
import { FLOAT32_CHAIN } from "../../../test/support/tolerances.ts";
import { createRandom } from "../../tensor/random.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { FeatureProblem } from "../feature-method.ts";
import { clap, zeroShotConfidence } from "./clap.ts";
import { clipAdapter } from "./clip-adapter.ts";
import { lpPlusPlus, startOf } from "./lp-plus-plus.ts";
import { taskRes } from "./taskres.ts";

const WIDTH = 6;
const texts = (problem: FeatureProblem) => rowsOf(problem.textFeatures as Tensor<"float32">);
const logitsOf = (features: Rows, classes: Rows, scale: number) =>
  features.map((f) => classes.map((w) => scale * dotOf(f, w)));

test("CLAP's multipliers are the mean zero-shot probability of each class on its pictures", () => {
  const problem = drawProblem({ counts: [3, 1, 2] });
  const logits = logitsOf(rowsOf(problem.features), texts(problem), 10);
  const expected = [0, 1, 2].map((c) => {
    const own = logits.filter((_, i) => problem.labels[i] === c);
    const shares = own.map((row) => Math.exp(row[c] ?? 0) / row.reduce((sum, x) => sum + Math.exp(x), 0));
    return shares.reduce((sum, x) => sum + x, 0) / own.length;
  });
  checkClose(
    { shape: [3], data: zeroShotConfidence(problem) },
    { shape: [3], data: expected },
    { rtol: 1e-9, atol: 1e-12 },
  );
});

test("CLAP ends in a minimum of its loss", async () => {
  const problem = drawProblem({ counts: [5, 3, 4] });
  const { tensors } = await clap.fit(problem, { evaluations: 100, penalty: 1 });
  const confidence = zeroShotConfidence(problem);
  const [rows, words] = [rowsOf(problem.features), texts(problem)];
  const loss = (numbers: number[]) => {
    const prototypes = inRows(numbers, WIDTH);
    const distances = prototypes.map((w, c) =>
      w.reduce((sum, x, j) => sum + (x - (words[c]?.[j] ?? 0)) ** 2, 0),
    );
    const penalty = distances.reduce((sum, d, c) => sum + ((confidence[c] ?? 0) * d) / 3, 0);
    return meanCrossEntropy(logitsOf(rows, normalized(prototypes), 10), problem.labels) + penalty;
  };
  // Only directions are kept; the length that goes with each is where the penalty is least, w.t.
  const kept = rowsOf(tensors.prototypes as Tensor<"float32">).map((w, c) => {
    const length = dotOf(w, words[c] ?? []);
    return w.map((x) => x * length);
  });
  const start = slopes(words.flat(), loss);
  const end = slopes(kept.flat(), loss);
  expect(Math.sqrt(dotOf(end, end))).toBeLessThan(1e-2 * Math.sqrt(dotOf(start, start)));
  const far = await clap.fit(problem, { evaluations: 100, penalty: 1e4 });
  checkClose(far.tensors.prototypes as never, problem.textFeatures as never, { rtol: 0, atol: 1e-3 });
});

test("TaskRes takes AdamW's first step from no residual", async () => {
  const problem = drawProblem({ counts: [3, 1, 2] });
  const fit = await taskRes.fit(problem, { alpha: 0.5, epochs: 1, learningRate: 0.01 });
  const words = texts(problem).flat();
  const gradient = slopes(Array(words.length).fill(0), (residual) => {
    const classes = inRows(
      words.map((x, i) => x + 0.5 * (residual[i] ?? 0)),
      WIDTH,
    );
    return meanCrossEntropy(logitsOf(rowsOf(problem.features), normalized(classes), 10), problem.labels);
  });
  const stepped = words.map((x, i) => x - 0.5 * 0.01 * Math.sign(gradient[i] ?? 0));
  checkClose(
    fit.tensors.prototypes as never,
    { shape: [3, WIDTH], data: normalized(inRows(stepped, WIDTH)).flat() },
    { rtol: 0, atol: 1e-5 },
  );
  expect(fit.hyperparameters).toEqual({ alpha: 0.5, epochs: 1, learningRate: 0.01 });
});

test("CLIP-Adapter takes AdamW's first step, and scores by its two layers", async () => {
  const problem = drawProblem({ counts: [3, 1, 2] });
  const given = { ratio: 0.4, reduction: 2, epochs: 1, learningRate: 0.01 };
  const { tensors, hyperparameters } = await clipAdapter.fit(problem, given);
  expect(hyperparameters).toEqual(given);
  // Drawn as fitting draws: 3 x 6 numbers in 1 / sqrt(6), then 6 x 3 in 1 / sqrt(3).
  const random = createRandom(1);
  const draw = (inputs: number) =>
    Array.from({ length: 18 }, () => Math.fround((2 * random.random() - 1) / Math.sqrt(inputs)));
  const start = [...draw(6), ...draw(3)];
  const logits = (numbers: readonly number[]) => {
    const [down, up] = [inRows(numbers.slice(0, 18), 6), inRows(numbers.slice(18), 3)];
    const relu = (f: readonly number[], layer: Rows) => layer.map((w) => Math.max(0, dotOf(f, w)));
    const changed = rowsOf(problem.features).map((f) =>
      relu(relu(f, down), up).map((x, j) => 0.4 * x + 0.6 * (f[j] ?? 0)),
    );
    return logitsOf(normalized(changed), texts(problem), 10);
  };
  const gradient = slopes(start, (numbers) => meanCrossEntropy(logits(numbers), problem.labels));
  const end = start.map(
    (x, i) => x - 0.01 * Math.sign(Math.abs(gradient[i] ?? 0) < 1e-9 ? 0 : (gradient[i] ?? 0)),
  );
  checkClose(
    { shape: [36], data: [...(tensors.down?.data ?? []), ...(tensors.up?.data ?? [])] },
    { shape: [36], data: end },
    { rtol: 0, atol: 1e-5 },
  );
  const found = await clipAdapter.score({ ...problem, tensors, hyperparameters }, problem.features);
  checkClose(found, { shape: [6, 3], data: logits(end).flat() }, FLOAT32_CHAIN);
});

test("LP++ moves its blocks as plain descent with those steps does", async () => {
  const problem = drawProblem({ counts: [3, 1, 2] });
  const words = problem.textFeatures as Tensor<"float32">;
  const start = startOf(problem, words);
  const rows = rowsOf(problem.features);
  const loss = (numbers: readonly number[]) => {
    const [w, alpha] = [inRows(numbers.slice(0, 18), WIDTH), numbers.slice(18)];
    const classes = w.map((row, k) => row.map((x, j) => x + (alpha[k] ?? 0) * (rowsOf(words)[k]?.[j] ?? 0)));
    return meanCrossEntropy(logitsOf(rows, classes, 1), problem.labels);
  };
  let numbers = [...start.weight, ...start.alpha];
  let velocity = numbers.map(() => 0);
  for (let step = 1; step <= 20; step++) {
    const gradient = slopes(numbers, loss, 1e-4);
    velocity = velocity.map((v, i) => 0.9 * v + (gradient[i] ?? 0));
    numbers = numbers.map((x, i) => {
      if (i < 18) return x - start.weightStep * (velocity[i] ?? 0);
      return step % 10 === 0 ? x - start.alphaStep * (gradient[i] ?? 0) : x;
    });
  }
  const expected = inRows(numbers.slice(0, 18), WIDTH).map((row, k) =>
    row.map((x, j) => x + (numbers[18 + k] ?? 0) * (rowsOf(words)[k]?.[j] ?? 0)),
  );
  const { tensors } = await lpPlusPlus.fit(problem, { iterations: 20 });
  checkClose(
    tensors.weight as never,
    { shape: [3, WIDTH], data: expected.flat() },
    { rtol: 1e-3, atol: 1e-3 },
  );
});

test("LP++'s steps are those that the curvature allows, and it starts from sums and cosines", () => {
  const problem = drawProblem({ counts: [3, 1, 2], width: 2 });
  const [rows, words] = [rowsOf(problem.features), texts(problem)];
  const { weight, alpha, weightStep, alphaStep } = startOf(
    problem,
    problem.textFeatures as Tensor<"float32">,
  );
  // The larger eigenvalue of F^T F, two by two.
  const [a = 0, b = 0, d = 0] = [
    [0, 0],
    [0, 1],
    [1, 1],
  ].map(([i = 0, j = 0]) => rows.reduce((sum, f) => sum + (f[i] ?? 0) * (f[j] ?? 0), 0));
  const largest = (a + d) / 2 + Math.sqrt(((a - d) / 2) ** 2 + b * b);
  expect(weightStep).toBeCloseTo((2 * 6) / largest, 6);
  const squares = words.map((t) => rows.reduce((sum, f) => sum + dotOf(f, t) ** 2, 0));
  expect(alphaStep).toBeCloseTo((2 * 6) / Math.max(...squares), 6);
  const sumOf = (c: number) =>
    rows.reduce((sum, f, i) => sum + (problem.labels[i] === c ? (f[0] ?? 0) : 0), 0);
  expect(weight[0]).toBeCloseTo(sumOf(0), 5);
  const own = [0, 1, 2].map((c) => {
    const cosines = rows.flatMap((f, i) => (problem.labels[i] === c ? [dotOf(f, words[c] ?? [])] : []));
    return cosines.reduce((sum, x) => sum + x, 0) / cosines.length;
  });
  expect(alpha[1]).toBeCloseTo((25 * ((own[0] ?? 0) + (own[1] ?? 0) + (own[2] ?? 0))) / 3, 4);
});
