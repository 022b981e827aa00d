import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { smallFeatures, smallObjective } from "../../test/support/small-lamm.ts";
import { createNodeRuntime } from "../runtime/onnxruntime-node.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { createFastTrainer } from "./fast-trainer.ts";
import { featureBatches } from "./feature-set.ts";
import { createCheckpointFile } from "./node/checkpoint-file.ts";
import type { PromptObjective } from "./prompt-objective.ts";
import { createPublishedTrainer } from "./published-trainer.ts";
import { type CheckpointStore, type EpochReport, runTrainer, type Trainer } from "./trainer.ts";

const folder = mkdtempSync(join(tmpdir(), "lamm-trainer-"));
const objective = smallObjective(createNodeRuntime({ threads: 1 }));
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await objective.release();
});

const schedules: [name: string, create: (objective: PromptObjective) => Trainer][] = [
  [
    "published",
    (objective) =>
      createPublishedTrainer(objective, featureBatches(smallFeatures({ views: 2 })), {
        seed: 3,
        epochs: 5,
        batchSize: 3,
        learningRate: 0.1,
      }),
  ],
  [
    "fast",
    (objective) =>
      createFastTrainer(objective, featureBatches(smallFeatures({ views: 2 })), { maxEvaluations: 9 }),
  ],
];

/** Bits of all parameters, by name. */
function bitsOf({ parameters }: Trainer): Record<string, readonly number[]> {
  const entries = Object.entries(parameters).map(([name, values]) => [name, [...bits(values)]] as const);
  return Object.fromEntries(entries);
}

function bits(values: Float32Array): Uint32Array {
  return new Uint32Array(values.slice().buffer);
}

/** Makes a trainer whose objective has counted no pass yet. */
function fresh(create: (objective: PromptObjective) => Trainer): Trainer {
  objective.passes = 0;
  return create(objective);
}

/** Keeps states as they are given, as a store in a browser's memory would. */
function memoryStore(): CheckpointStore & { readonly states: Readonly<Record<string, Tensor>>[] } {
  const states: Readonly<Record<string, Tensor>>[] = [];
  return { states, load: () => states.at(-1), save: (state) => states.push(state), clear: () => {} };
}

describe.each(schedules)("the %s schedule", (name, create) => {
  test("stopped after any epoch and continued from the file, ends with the same bits and reports", async () => {
    const whole = fresh(create);
    const reports: EpochReport[] = [];
    expect(await runTrainer(whole, { onEpoch: (report) => reports.push(report) })).toBe(true);
    expect(reports.length).toBeGreaterThan(3);
    for (let stop = 0; stop <= reports.length; stop++) {
      const checkpoints = createCheckpointFile(join(folder, name, `${stop}`), "run");
      const controller = new AbortController();
      if (stop === 0) controller.abort();
      const seen: EpochReport[] = [];
      const onEpoch = (report: EpochReport) => {
        seen.push(report);
        if (seen.length === stop) controller.abort();
      };
      const first = fresh(create);
      const finished = await runTrainer(first, { checkpoints, onEpoch, signal: controller.signal });
      expect([finished, seen.length]).toEqual([stop === reports.length, stop]);
      const second = fresh(create);
      expect(await runTrainer(second, { checkpoints, onEpoch })).toBe(true);
      expect(seen).toEqual(reports);
      expect(bitsOf(second)).toEqual(bitsOf(whole));
    }
  });

  test("a state is a snapshot: later epochs do not change it, nor those of a run that goes on from it", async () => {
    const whole = fresh(create);
    const { states, ...store } = memoryStore();
    await runTrainer(whole, { checkpoints: store });
    // Twice: the first run from a state must leave it for the second.
    for (const state of [...states, ...states]) {
      const next = fresh(create);
      await runTrainer(next, { checkpoints: { ...store, load: () => state, save: () => {} } });
      expect(bitsOf(next)).toEqual(bitsOf(whole));
    }
  });

  test("a run that is done does nothing more", async () => {
    const store = memoryStore();
    await runTrainer(fresh(create), { checkpoints: store });
    const count = store.states.length;
    const reports: EpochReport[] = [];
    const again = fresh(create);
    expect(await runTrainer(again, { checkpoints: store, onEpoch: (report) => reports.push(report) })).toBe(
      true,
    );
    expect([reports, store.states.length]).toEqual([[], count]);
  });

  test("starts where the method does", () => {
    const [parameter] = objective.method.parameters;
    expect(fresh(create).parameters).toEqual({ token_classes: parameter?.initial.data });
  });
});

test("a signal that comes from outside stops a run whose epochs never wait", async () => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 0);
  let epoch = 0;
  const trainer: Trainer = {
    parameters: {},
    get isDone() {
      return epoch === 100_000;
    },
    runEpoch: async () => ({ epoch: ++epoch, epochs: 100_000, loss: 0, passes: epoch }),
    state: () => ({}),
    restore: () => {},
  };
  expect(await runTrainer(trainer, { signal: controller.signal })).toBe(false);
});
