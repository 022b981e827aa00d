import { classify } from "../../../src/clip/zero-shot.ts";
import { cosineLearningRate } from "../../../src/optim/schedules.ts";
import { createSgd } from "../../../src/optim/sgd.ts";
import type { Tensor } from "../../../src/tensor/tensor.ts";
import { PromptObjective } from "../../../src/training/prompt-objective.ts";
import type { RunCase } from "../case-kind.ts";
import { type Comparison, isMet, worstOf } from "../check.ts";
import { largestDifference, relativeDifference } from "../deviation.ts";
import { shareOutsideFeatures } from "../features-in-gradient.ts";
import { type LammModel, loadLamm, TOKENS } from "../load-lamm.ts";
import { trainingTolerance } from "../tolerances.ts";
import { readTrainingCase, type TrainingCase } from "../training-case.ts";

/** Name of the tokens in golden files, after `init.`, `grad0.` or `epochN.`. */
const GOLDEN_TOKENS = `prompt_learner.${TOKENS}`;
/** Rounding leaves about 1e-5 of a gradient outside of what the case's features can give. */
const OUTSIDE_THRESHOLD = 1e-2;
/** Of every golden training case. */
const WARMUP = { warmupEpochs: 1, warmupLearningRate: 1e-5 };

/** What a comparison needs. */
interface Subject {
  readonly training: TrainingCase;
  readonly model: LammModel;
  readonly objective: PromptObjective;
  /** Where the tokens start, float32 `[C, L, W]`. */
  readonly start: Tensor<"float32">;
}

/** What our own run gave. */
interface Run {
  readonly losses: readonly number[];
  readonly firstGradient: Float32Array;
  /** The tokens after each epoch. */
  readonly epochs: readonly Float32Array[];
}

/**
 * LAMM trained on the case's features: losses, first gradient, the tokens after each epoch and test logits; apart from them
 * the test logits of the reference's last tokens, which judge the text tower whatever the training did.
 */
export const runLammTraining: RunCase = async (context) => {
  const training = readTrainingCase(context.golden, context.name);
  const { tensors, prompts } = training;
  const start = tensors.float32(`init.${GOLDEN_TOKENS}`, [prompts.suffixIds.length, undefined, undefined]);
  const model = await loadLamm(context, prompts, start.shape[1] ?? 0);
  const { lossWeights } = training;
  const objective = new PromptObjective({ runtime: context.runtime, ...model, lossWeights });
  try {
    const subject = { training, model, objective, start };
    const run = await train(subject);
    const trained = [
      ...compareRun(subject, run),
      await compareTestLogits("test logits", subject, run.epochs.at(-1) ?? start.data),
    ];
    const last = tensors.float32(`epoch${training.description.epochs - 1}.${GOLDEN_TOKENS}`, start.shape);
    const ofReference = await compareTestLogits("test logits of its last tokens", subject, last.data);
    const notes = trained.every(isMet) ? [] : await explainMiss(subject, context.runtime);
    return { checks: [compareLearningRates(training), ...trained, ofReference], notes };
  } finally {
    await objective.release();
  }
};

async function train({ training, objective, start }: Subject): Promise<Run> {
  const { description, batches } = training;
  const optimizer = createSgd({ momentum: description.momentum, weightDecay: description.weight_decay });
  const parameters = { [TOKENS]: start.data.slice() };
  const losses: number[] = [];
  const epochs: Float32Array[] = [];
  let firstGradient: Float32Array | undefined;
  for (const [step, batch] of batches.entries()) {
    const { loss, gradients } = await objective.evaluate(parameters, batch);
    losses.push(loss);
    firstGradient ??= gradients[TOKENS]?.slice();
    optimizer.step(parameters, gradients, description.lr_per_step[step] ?? 0);
    if ((step + 1) % description.steps_per_epoch === 0)
      epochs.push(parameters[TOKENS]?.slice() ?? start.data);
  }
  return { losses, firstGradient: firstGradient ?? new Float32Array(0), epochs };
}

function compareRun({ training, start }: Subject, run: Run): Comparison[] {
  const { description, tensors } = training;
  const { fp64, losses } = description;
  const stored = tensors.float32("losses", [losses.length]).data;
  const gradient = tensors.float32(`grad0.${GOLDEN_TOKENS}`, start.shape).data;
  const epochs = run.epochs.map((tokens, epoch): Comparison => {
    const name = `epoch${epoch}.${GOLDEN_TOKENS}`;
    return {
      part: `epoch ${epoch}`,
      deviation: largestDifference(tokens, tensors.float32(name, start.shape).data),
      tolerance: trainingTolerance(fp64.max_param_diff[name] ?? 0),
    };
  });
  return [
    {
      part: "losses",
      deviation: Math.max(largestDifference(run.losses, losses), largestDifference(run.losses, stored)),
      tolerance: trainingTolerance(fp64.max_loss_diff),
    },
    {
      part: "first gradient, relative",
      deviation: relativeDifference(run.firstGradient, gradient),
      tolerance: trainingTolerance(fp64.max_grad0_rel[`grad0.${GOLDEN_TOKENS}`] ?? 0),
    },
    worstOf("tokens", epochs),
  ];
}

async function compareTestLogits(
  part: string,
  { training, model, objective }: Subject,
  tokens: Float32Array,
): Promise<Comparison> {
  const { testFeatures, tensors, description } = training;
  const text = await objective.encode({ [TOKENS]: tokens });
  const logits = classify(testFeatures, text, model.logitScale);
  const expected = tensors.float32("test.logits", logits.shape);
  return {
    part,
    deviation: largestDifference(logits.data, expected.data),
    tolerance: trainingTolerance(description.fp64.max_test_logit_diff),
  };
}

function compareLearningRates({ description }: TrainingCase): Comparison {
  const { lr, epochs, steps_per_epoch: stepsPerEpoch, lr_per_step: expected } = description;
  const schedule = { learningRate: lr, epochs, ...WARMUP };
  const rates = expected.map((_, step) => cosineLearningRate(schedule, Math.floor(step / stepsPerEpoch)));
  return { part: "learning rates", deviation: largestDifference(rates, expected), tolerance: 1e-12 };
}

async function explainMiss({ training, model, start }: Subject, runtime: Parameters<RunCase>[0]["runtime"]) {
  const gradient = training.tensors.float32(`grad0.${GOLDEN_TOKENS}`, start.shape).data;
  const [batch] = training.batches;
  if (batch === undefined) return [];
  const outside = await shareOutsideFeatures({ runtime, model, start, features: batch.features, gradient });
  if (!(outside > OUTSIDE_THRESHOLD)) return [];
  return [
    `first gradient lies ${outside.toPrecision(2)} outside the span of the case's own image features: ` +
      "no loss of cosines with them has it, so the reference trained on other features than the file holds",
  ];
}
