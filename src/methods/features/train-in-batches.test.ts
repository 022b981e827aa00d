import { expect, test } from "vitest";
import { drawProblem } from "../../../test/support/features/draw-problem.ts";
import type { Value } from "../../graph/node.ts";
import type { FeatureModel } from "./feature-objective.ts";
import { trainInBatches } from "./train-in-batches.ts";

/** Logits that are the same for all pictures. */
const model: FeatureModel = {
  parameters: { bias: [2] },
  build: (g, features, { bias }) => ({
    logits: g.add(g.mul(g.slice(features, 1, 0, 1), g.scalar(0)), bias as Value),
  }),
};

const training = { batchSize: 3, learningRate: 0.1, weightDecay: 0, eps: 1e-8 };

test("an epoch sees every picture once, in another order than the last", async () => {
  const problem = drawProblem({ counts: [4, 4] });
  const seen: (readonly number[])[] = [];
  const inputsOf = (pictures: readonly number[]) => {
    seen.push(pictures);
    return {};
  };
  await trainInBatches(problem, model, { bias: new Float32Array(2) }, { ...training, epochs: 2, inputsOf });
  expect(seen.map(({ length }) => length)).toEqual([3, 3, 2, 3, 3, 2]);
  const [first, second] = [seen.slice(0, 3).flat(), seen.slice(3).flat()];
  expect(first).not.toEqual(second);
  for (const order of [first, second]) expect([...order].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

test("one batch takes AdamW's first step: as long as the learning rate, towards the class of most pictures", async () => {
  const problem = drawProblem({ counts: [3, 1] });
  const whole = { ...training, batchSize: 4, epochs: 1 };
  const { bias } = await trainInBatches(problem, model, { bias: new Float32Array(2) }, whole);
  expect(bias?.[0]).toBeCloseTo(0.1, 5);
  expect(bias?.[1]).toBeCloseTo(-0.1, 5);
});

test("the learning rate falls to 0 by a cosine", async () => {
  const problem = drawProblem({ counts: [2], width: 2 });
  const steps: number[] = [];
  const bias = new Float32Array(2);
  const inputsOf = () => {
    steps.push(bias[0] ?? 0);
    return {};
  };
  const constant: FeatureModel = {
    parameters: { bias: [2] },
    build: (g, features, values) => ({
      logits: g.mul(g.slice(features, 1, 0, 1), g.scalar(0)),
      // A slope that is always 1: AdamW's steps are then the learning rate.
      penalty: g.reduceSum(values.bias as Value),
    }),
  };
  await trainInBatches(problem, constant, { bias }, { ...training, epochs: 4, inputsOf });
  const ends = [...steps.slice(1), bias[0] ?? 0];
  ends.forEach((end, step) => {
    const rate = 0.05 * (1 + Math.cos((Math.PI * step) / 4));
    expect((steps[step] ?? 0) - end).toBeCloseTo(rate, 5);
  });
});
