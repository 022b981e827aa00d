import { describe, expect, test } from "vitest";
import { createTensor } from "../tensor/tensor.ts";
import { runTrainer } from "../training/trainer.ts";
import type { ContrastiveBatch, ContrastiveObjective } from "./contrastive-objective.ts";
import { resolvePretrainConfig } from "./pretrain-config.ts";
import { createPretrainer, encodeCaption, type StepReport } from "./pretrainer.ts";

const config = resolvePretrainConfig({
  source: { folder: "." },
  steps: 5,
  batchSize: 2,
  learningRate: 0.1,
  warmupSteps: 2,
  checkpointEvery: 2,
  weightDecay: 0.5,
  clipNorm: 1,
  maxLogitScale: 10,
});

const tokenizer = {
  startOfText: 98,
  endOfText: 99,
  vocabularySize: 100,
  contextLength: 77,
  encodeWords: (text: string) => text.split(" ").map((word) => word.length),
  encodePrompt: () => [],
  tokenText: (id: number) => ({ text: String(id), endsWord: true }),
};

/** Pulls a matrix and a bias towards 0; the loss of step `brokenStep` is not a number. */
function createObjective({ brokenStep = -1, scaleGradient = 0 } = {}) {
  const seen: ContrastiveBatch[] = [];
  const parameters = {
    matrix: Float32Array.of(3, -4),
    bias: Float32Array.of(1),
    logitScale: Float32Array.of(2),
  };
  const objective: ContrastiveObjective = {
    parameters,
    shapes: { matrix: [1, 2], bias: [1], logitScale: [] },
    evaluate: async (batch) => {
      const loss = seen.length === brokenStep ? Number.NaN : (parameters.matrix[0] ?? 0) ** 2;
      seen.push(batch);
      const gradients = {
        matrix: parameters.matrix.slice(),
        bias: Float32Array.of(0),
        logitScale: Float32Array.of(scaleGradient),
      };
      // The first picture finds the second one's caption, the second its own.
      return { loss, logits: Float32Array.of(0, 1, 0, 1), gradients };
    },
    release: async () => {},
  };
  return { objective, seen };
}

const nextBatch = async (step: number) => ({ pixels: Float32Array.of(step), captions: ["a dog", "the cat"] });

function createRun(options: Parameters<typeof createObjective>[0] = {}) {
  const { objective, seen } = createObjective(options);
  const reports: StepReport[] = [];
  const parts = { objective, config, tokenizer, maxLength: 4, nextBatch };
  const trainer = createPretrainer({ ...parts, onStep: (report) => reports.push(report) });
  return { trainer, objective, seen, reports };
}

describe("a run", () => {
  test("takes every step in order, in intervals from checkpoint to checkpoint", async () => {
    const { trainer, seen, reports } = createRun();
    const states: number[] = [];
    const store = { load: () => undefined, save: () => states.push(reports.length), clear: () => {} };
    expect(await runTrainer(trainer, { checkpoints: store })).toBe(true);
    expect(seen.map(({ pixels }) => pixels[0])).toEqual([0, 1, 2, 3, 4]);
    expect(seen[0]?.sequences).toEqual([
      [98, 1, 3, 99],
      [98, 3, 3, 99],
    ]);
    expect(states).toEqual([2, 4, 5]);
    expect(reports.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5]);
    expect(reports[0]).toEqual({ step: 1, steps: 5, pictures: 2, loss: 9, accuracy: 0.5 });
    expect(trainer.curve.map(({ step }) => step)).toEqual([2, 4, 5]);
    const [first] = trainer.curve;
    expect(first?.loss).toBeCloseTo(((reports[0]?.loss ?? 0) + (reports[1]?.loss ?? 0)) / 2, 12);
    expect(trainer.curve.at(-1)?.loss).toBeLessThan(first?.loss ?? 0);
  });

  test("decays matrices, but no biases", async () => {
    const { trainer } = createRun();
    await runTrainer(trainer);
    // Its gradient is zero: only decay could have moved it.
    expect(trainer.parameters.bias?.[0]).toBe(1);
  });

  test.each([
    [-1, Math.log(10)],
    [1, 0],
  ])("keeps the logit scale between 1 and its bound (gradient %d)", async (scaleGradient, bound) => {
    const { objective, trainer } = createRun({ scaleGradient });
    const scale = objective.parameters.logitScale as Float32Array;
    scale[0] = bound === 0 ? 0.01 : 2.3;
    await runTrainer(trainer);
    expect(scale[0]).toBeCloseTo(bound, 6);
  });

  test("ends with the same weights when it was stopped and continued", async () => {
    const whole = createRun();
    await runTrainer(whole.trainer);
    const begun = createRun();
    await begun.trainer.runEpoch();
    const state = begun.trainer.state();
    const resumed = createRun();
    resumed.trainer.restore(state);
    await runTrainer(resumed.trainer);
    expect(resumed.seen.map(({ pixels }) => pixels[0])).toEqual([2, 3, 4]);
    expect(resumed.trainer.parameters).toEqual(whole.trainer.parameters);
    expect(resumed.trainer.curve).toEqual(whole.trainer.curve);
    expect(resumed.trainer.state()).toEqual(whole.trainer.state());
  });

  test("hands out a state that later steps do not change", async () => {
    const { trainer } = createRun();
    const state = trainer.state();
    await trainer.runEpoch();
    expect(state["parameter.matrix"]).toEqual(createTensor("float32", [1, 2], Float32Array.of(3, -4)));
  });
});

test("a loss that is not a number stops the run, names its step, and leaves the last checkpoint as it was", async () => {
  const { trainer } = createRun({ brokenStep: 3 });
  const saved: number[] = [];
  const store = {
    load: () => undefined,
    save: (state: ReturnType<typeof trainer.state>) => void saved.push(Number(state.step?.data[0])),
    clear: () => {},
  };
  await expect(runTrainer(trainer, { checkpoints: store })).rejects.toThrow(
    "pre-training, step 4: expected a loss and gradients that are numbers, got a loss of NaN and gradients of norm",
  );
  expect(saved).toEqual([2]);
});

describe("encodeCaption", () => {
  test("puts a caption between start-of-text and end-of-text", () => {
    expect(encodeCaption(tokenizer, "a dog", 77)).toEqual([98, 1, 3, 99]);
  });
  test("cuts what is too long, and keeps end-of-text", () => {
    expect(encodeCaption(tokenizer, "a dog on the grass", 4)).toEqual([98, 1, 3, 99]);
  });
});
