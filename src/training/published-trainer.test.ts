import { afterAll, describe, expect, test } from "vitest";
import { smallFeatures, smallObjective } from "../../test/support/small-lamm.ts";
import { cosineLearningRate } from "../optim/schedules.ts";
import { createSgd } from "../optim/sgd.ts";
import { createNodeRuntime } from "../runtime/onnxruntime-node.ts";
import { createTensor } from "../tensor/tensor.ts";
import { type FeatureBatch, type FeatureSet, featureBatches } from "./feature-set.ts";
import type { Evaluation, PromptObjective } from "./prompt-objective.ts";
import { createPublishedTrainer, type PublishedOptions } from "./published-trainer.ts";

const objective = smallObjective(createNodeRuntime({ threads: 1 }));
afterAll(() => objective.release());

/** Pictures of `views` views whose one feature is `picture + view / 100`. */
function numberedFeatures(pictures: number, views = 1): FeatureSet {
  const data = Float32Array.from(
    { length: pictures * views },
    (_, i) => Math.floor(i / views) + (i % views) / 100,
  );
  return {
    features: createTensor("float32", [pictures, views, 1], data),
    labels: Array.from({ length: pictures }, (_, picture) => picture % 3),
  };
}

/** The batches of each epoch as lists of `picture + view / 100`; nothing is learned. */
async function batchesOf(data: FeatureSet, options: PublishedOptions): Promise<number[][][]> {
  const epochs: number[][][] = [];
  const { method } = objective;
  const recorder = {
    method,
    passes: 0,
    evaluate: async (_: unknown, { features, labels }: FeatureBatch): Promise<Evaluation> => {
      expect([...labels.data].map(Number)).toEqual(
        [...features.data].map((x) => data.labels[Math.floor(x + 1e-4)]),
      );
      epochs.at(-1)?.push(Array.from(features.data, (x) => Math.round(100 * x) / 100));
      const gradients = method.parameters.map(
        ({ name, initial }) => [name, new Float32Array(initial.data.length)] as const,
      );
      const parts = { ce: 0, wc: 0, cos: 0, kd: 0 };
      return { loss: epochs.length, parts, gradients: Object.fromEntries(gradients) };
    },
  } as unknown as PromptObjective;
  const trainer = createPublishedTrainer(recorder, featureBatches(data), options);
  while (!trainer.isDone) {
    epochs.push([]);
    const { epoch, epochs: all, loss } = await trainer.runEpoch();
    expect([epoch, loss, all]).toEqual([epochs.length, epochs.length, options.epochs ?? 50]);
  }
  return epochs;
}

const sorted = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b);

describe("batches", () => {
  test.each([
    [1, [1]],
    [4, [4]],
    [5, [5]],
    [6, [5]],
    [9, [5]],
    [10, [5, 5]],
    [14, [5, 5]],
  ])(
    "of 5 from %i pictures: an incomplete last one is dropped when there is a full one",
    async (count, sizes) => {
      const epochs = await batchesOf(numberedFeatures(count), { seed: 1, epochs: 3, batchSize: 5 });
      expect(epochs).toHaveLength(3);
      for (const batches of epochs) {
        expect(batches.map((batch) => batch.length)).toEqual(sizes);
        expect(new Set(batches.flat()).size).toBe(sizes.reduce((sum, size) => sum + size, 0));
      }
    },
  );

  test("have 32 pictures in 50 epochs if nothing is said", async () => {
    const epochs = await batchesOf(numberedFeatures(33), { seed: 1 });
    expect(epochs.map((batches) => batches.map((batch) => batch.length))).toEqual(Array(50).fill([32]));
  });

  test("have each picture once an epoch, in another order each epoch", async () => {
    const epochs = await batchesOf(numberedFeatures(12), { seed: 1, epochs: 4, batchSize: 6 });
    for (const batches of epochs)
      expect(sorted(batches.flat())).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(new Set(epochs.map(String)).size).toBe(4);
  });

  test("depend on seed and epoch alone: not on the number of epochs, the batch size or the views", async () => {
    const data = numberedFeatures(12);
    const first = await batchesOf(data, { seed: 5, epochs: 3, batchSize: 6 });
    expect(await batchesOf(data, { seed: 5, epochs: 3, batchSize: 6 })).toEqual(first);
    expect((await batchesOf(data, { seed: 5, epochs: 6, batchSize: 6 })).slice(0, 3)).toEqual(first);
    const pictures = (epochs: number[][][]) => epochs.map((batches) => batches.flat().map(Math.floor));
    expect(pictures(await batchesOf(data, { seed: 5, epochs: 3, batchSize: 4 }))).toEqual(pictures(first));
    expect(pictures(await batchesOf(numberedFeatures(12, 4), { seed: 5, epochs: 3, batchSize: 6 }))).toEqual(
      pictures(first),
    );
    for (const seed of [0, 4, 6]) {
      expect(await batchesOf(data, { seed, epochs: 3, batchSize: 6 })).not.toEqual(first);
    }
  });

  test("draw a view for each picture, all of them in time", async () => {
    const epochs = await batchesOf(numberedFeatures(6, 3), { seed: 2, epochs: 40, batchSize: 6 });
    const counts = new Map<number, number>();
    for (const x of epochs.flat(2)) counts.set(x, (counts.get(x) ?? 0) + 1);
    expect(counts.size).toBe(6 * 3);
    // 240 draws of 18 views: 13 of each on average, with a deviation of 3.
    for (const count of counts.values()) expect(count).toBeGreaterThan(2);
  });
});

test("an epoch is SGD with momentum over its batches at the epoch's learning rate", async () => {
  const data = smallFeatures({ pictures: 6 });
  const trainer = createPublishedTrainer(objective, featureBatches(data), {
    seed: 1,
    epochs: 3,
    batchSize: 6,
    learningRate: 0.05,
  });
  const [parameter] = objective.method.parameters;
  const parameters = { token_classes: parameter?.initial.data.slice() as Float32Array };
  const optimizer = createSgd({ momentum: 0.9, weightDecay: 5e-4 });
  const whole: FeatureBatch = {
    features: createTensor("float32", [6, 6], data.features.data),
    labels: createTensor("int64", [6], BigInt64Array.from(data.labels, BigInt)),
  };
  const losses: number[] = [];
  for (let epoch = 0; epoch < 3; epoch++) {
    const { loss, gradients } = await objective.evaluate(parameters, whole);
    const schedule = { learningRate: 0.05, epochs: 3, warmupEpochs: 1, warmupLearningRate: 1e-5 };
    optimizer.step(parameters, gradients, cosineLearningRate(schedule, epoch));
    const report = await trainer.runEpoch();
    expect(report.loss).toBeCloseTo(loss, 4);
    losses.push(report.loss);
  }
  // The trainer's batch has another order, which rounds sums otherwise.
  parameters.token_classes.forEach((value, i) => {
    expect(trainer.parameters.token_classes?.[i]).toBeCloseTo(value, 4);
  });
  expect(trainer.isDone).toBe(true);
  expect(losses[2]).toBeLessThan(losses[0] as number);
});
