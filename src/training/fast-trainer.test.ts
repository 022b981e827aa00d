import { afterAll, describe, expect, test } from "vitest";
import { SMALL_LOSS_WEIGHTS, smallFeatures, smallObjective } from "../../test/support/small-lamm.ts";
import { createNodeRuntime } from "../runtime/onnxruntime-node.ts";
import { createFastTrainer } from "./fast-trainer.ts";
import { featureBatches, takeWhole } from "./feature-set.ts";
import type { EpochReport } from "./trainer.ts";
import { runTrainer } from "./trainer.ts";

const runtime = createNodeRuntime({ threads: 1 });
const objective = smallObjective(runtime);
afterAll(() => objective.release());

async function train(maxEvaluations?: number) {
  objective.passes = 0;
  const data = smallFeatures({ pictures: 9, views: 2 });
  const trainer = createFastTrainer(
    objective,
    featureBatches(data),
    maxEvaluations === undefined ? {} : { maxEvaluations },
  );
  const reports: EpochReport[] = [];
  await runTrainer(trainer, { onEpoch: (report) => reports.push(report) });
  return { trainer, reports, data };
}

describe("the fast schedule", () => {
  test.each([2, 3, 5, 8, 13])("takes at most %i evaluations, and says how many", async (most) => {
    const { reports } = await train(most);
    expect(objective.passes).toBeLessThanOrEqual(most);
    expect(reports.at(-1)).toMatchObject({ epoch: objective.passes, epochs: most, passes: objective.passes });
    for (const { epoch, passes } of reports) expect(epoch).toBe(passes);
  });

  test("tries one step even where only one evaluation is allowed: the start alone trains nothing", async () => {
    const { reports } = await train(1);
    expect(objective.passes).toBe(2);
    expect(reports).toHaveLength(1);
    expect(reports[0]).toMatchObject({ epoch: 1, epochs: 1, passes: 2 });
  });

  test("takes a number of evaluations of its own if none is said", async () => {
    const { reports } = await train();
    expect(reports.at(-1)?.epochs).toBeGreaterThan(2);
    expect(objective.passes).toBeLessThanOrEqual(reports.at(-1)?.epochs as number);
  });

  test("never raises the loss from step to step, and ends with a mean below the start", async () => {
    const { reports, trainer, data } = await train();
    const losses = reports.map(({ loss }) => loss);
    losses.forEach((loss, step) => {
      expect(loss).toBeLessThanOrEqual(losses[step - 1] ?? Number.POSITIVE_INFINITY);
    });
    const [parameter] = objective.method.parameters;
    const start = { token_classes: parameter?.initial.data as Float32Array };
    const { loss: before } = await objective.evaluate(start, takeWhole(data));
    const { loss: after } = await objective.evaluate(trainer.parameters, takeWhole(data));
    expect(after).toBeLessThan(before);
  });

  test("its parameters have every element finite and the method's length, at every moment", async () => {
    const trainer = createFastTrainer(objective, featureBatches(smallFeatures()), { maxEvaluations: 6 });
    const [parameter] = objective.method.parameters;
    while (!trainer.isDone) {
      await trainer.runEpoch();
      const values = trainer.parameters.token_classes as Float32Array;
      expect(values).toHaveLength(parameter?.initial.data.length as number);
      expect(values.every(Number.isFinite)).toBe(true);
    }
  });

  test("refuses a loss that is not finite at the start", async () => {
    const broken = smallObjective(runtime, {
      lossWeights: { ...SMALL_LOSS_WEIGHTS, features: Number.POSITIVE_INFINITY },
    });
    const trainer = createFastTrainer(broken, featureBatches(smallFeatures()));
    await expect(trainer.runEpoch()).rejects.toThrow(
      "L-BFGS: expected a finite loss with a finite gradient at the start, got a loss of",
    );
    await broken.release();
  });
});
