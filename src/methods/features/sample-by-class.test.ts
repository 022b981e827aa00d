import { expect, test } from "vitest";
import { drawProblem } from "../../../test/support/features/draw-problem.ts";
import { sampleByClass } from "./sample-by-class.ts";
import { zeroShotLogits } from "./zero-shot-logits.ts";

test("keeps equally many of each class, two at least, with their features", () => {
  const problem = drawProblem({ counts: [9, 5, 1] });
  const sample = sampleByClass(problem, 9);
  const countOf = (label: number) => sample.labels.filter((other) => other === label).length;
  expect([0, 1, 2].map(countOf)).toEqual([3, 3, 1]);
  const rows = (data: Float32Array) =>
    Array.from({ length: data.length / 6 }, (_, i) => [...data.subarray(6 * i, 6 * i + 6)].join());
  const known = rows(problem.features.data);
  rows(sample.features.data).forEach((row, i) => {
    expect(problem.labels[known.indexOf(row)]).toBe(sample.labels[i]);
  });
  expect(sampleByClass(drawProblem({ counts: [9, 5, 1] }), 3).labels.length).toBe(5);
});

test("takes the held-out logits of the pictures that it keeps", () => {
  const problem = drawProblem({ counts: [9, 5, 2] });
  const logits = zeroShotLogits(problem);
  const sample = sampleByClass({ ...problem, heldOutLogits: logits }, 9);
  expect(sample.heldOutLogits?.shape).toEqual([8, 3]);
  expect(sample.heldOutLogits).toEqual(zeroShotLogits(sample));
});

test("leaves a small problem alone", () => {
  const problem = drawProblem();
  expect(sampleByClass(problem, 12)).toBe(problem);
});
