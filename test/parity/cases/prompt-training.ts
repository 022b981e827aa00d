import { createImageEncoder } from "../../../src/clip/image-encoder.ts";
import { classify } from "../../../src/clip/zero-shot.ts";
import { cosineLearningRate } from "../../../src/optim/schedules.ts";
import { createSgd } from "../../../src/optim/sgd.ts";
import type { Runtime } from "../../../src/runtime/runtime.ts";
import { normalizeFeatures } from "../../../src/tensor/normalize-features.ts";
import { createTensor, type Tensor } from "../../../src/tensor/tensor.ts";
import type { Parameters } from "../../../src/training/parameters.ts";
import { PromptObjective } from "../../../src/training/prompt-objective.ts";
import type { RunCase } from "../case-kind.ts";
import { type Comparison, isMet, worstOf } from "../check.ts";
import { largestDifference, relativeDifference } from "../deviation.ts";
import { shareOutsideFeatures } from "../features-in-gradient.ts";
import { loadPromptModel, type PromptModel, TOKENS } from "../load-prompt-model.ts";
import { GOLDEN_PREFIX, methodOfCase } from "../method-of-case.ts";
import { trainingTolerance } from "../tolerances.ts";
import { readTrainingCase, type TrainingCase } from "../training-case.ts";

/** Rounding leaves about 1e-5 of a gradient outside of what the case's features can give. */
const OUTSIDE_THRESHOLD = 1e-2;
/** Of every golden training case. */
const WARMUP = { warmupEpochs: 1, warmupLearningRate: 1e-5 };

/** What a comparison needs. */
interface Subject {
  readonly runtime: Runtime;
  readonly training: TrainingCase;
  readonly model: PromptModel;
  readonly objective: PromptObjective;
}

/** What our own run gave. */
interface Run {
  readonly losses: readonly number[];
  readonly firstGradients: Parameters;
  /** The parameters after each epoch. */
  readonly epochs: readonly Parameters[];
}

/**
 * A prompt method trained on the case's pictures: losses, first gradients, the parameters after each epoch and test logits; apart
 * from them the test logits of the reference's last parameters, which judge the towers whatever the training did.
 */
export const runPromptTraining: RunCase = async (context) => {
  const { golden, name, runtime } = context;
  const chosen = methodOfCase(name, golden.tensors(name));
  const training = readTrainingCase(golden, name, chosen.definition);
  const model = await loadPromptModel(context, training.prompts, chosen);
  const { lossWeights } = training;
  const objective = new PromptObjective({ runtime, ...model, lossWeights });
  try {
    const subject = { runtime, training, model, objective };
    const run = await train(subject);
    const trained = [
      ...compareRun(subject, run),
      await compareTestLogits("test logits", subject, run.epochs.at(-1) ?? {}),
    ];
    const last = readParameters(subject, `epoch${training.description.epochs - 1}.`);
    const ofReference = await compareTestLogits("test logits of its last parameters", subject, last);
    const notes = trained.every(isMet) ? [] : await explainMiss(subject);
    return { checks: [compareLearningRates(training), ...trained, ofReference], notes };
  } finally {
    await objective.release();
  }
};

/** A golden set of the method's parameters, such as those that begin with `init.`. */
function readParameters(
  { training, objective }: Pick<Subject, "training" | "objective">,
  prefix: string,
): Parameters {
  const entries = objective.method.parameters.map(({ name, fileShape }) => {
    const { data } = training.tensors.float32(`${prefix}${GOLDEN_PREFIX}${name}`, fileShape);
    return [name, data.slice()] as const;
  });
  return Object.fromEntries(entries);
}

const copyOf = (parameters: Parameters): Parameters =>
  Object.fromEntries(Object.entries(parameters).map(([name, values]) => [name, values.slice()]));

async function train(subject: Subject): Promise<Run> {
  const { training, objective } = subject;
  const { description, batches } = training;
  const optimizer = createSgd({ momentum: description.momentum, weightDecay: description.weight_decay });
  const parameters = readParameters(subject, "init.");
  const losses: number[] = [];
  const epochs: Parameters[] = [];
  let firstGradients: Parameters | undefined;
  for (const [step, batch] of batches.entries()) {
    const { loss, gradients } = await objective.evaluate(parameters, batch);
    losses.push(loss);
    firstGradients ??= copyOf(gradients);
    optimizer.step(parameters, gradients, description.lr_per_step[step] ?? 0);
    if ((step + 1) % description.steps_per_epoch === 0) epochs.push(copyOf(parameters));
  }
  return { losses, firstGradients: firstGradients ?? {}, epochs };
}

function compareRun(subject: Subject, run: Run): Comparison[] {
  const { description, tensors } = subject.training;
  const { fp64, losses } = description;
  const stored = tensors.float32("losses", [losses.length]).data;
  const expectedGradients = readParameters(subject, "grad0.");
  const gradients = Object.entries(expectedGradients).map(([name, expected]): Comparison => {
    const key = `grad0.${GOLDEN_PREFIX}${name}`;
    return {
      part: name,
      deviation: relativeDifference(run.firstGradients[name] ?? [], expected),
      tolerance: trainingTolerance(fp64.max_grad0_rel[key] ?? 0),
    };
  });
  const epochs = run.epochs.flatMap((found, epoch) =>
    Object.entries(readParameters(subject, `epoch${epoch}.`)).map(([name, expected]): Comparison => {
      const key = `epoch${epoch}.${GOLDEN_PREFIX}${name}`;
      return {
        part: `${name} after epoch ${epoch}`,
        deviation: largestDifference(found[name] ?? [], expected),
        tolerance: trainingTolerance(fp64.max_param_diff[key] ?? 0),
      };
    }),
  );
  return [
    {
      part: "losses",
      deviation: Math.max(largestDifference(run.losses, losses), largestDifference(run.losses, stored)),
      tolerance: trainingTolerance(fp64.max_loss_diff),
    },
    worstOf("first gradients, relative", gradients),
    worstOf("parameters", epochs),
  ];
}

async function compareTestLogits(
  part: string,
  subject: Subject,
  parameters: Parameters,
): Promise<Comparison> {
  const { tensors, description } = subject.training;
  const logits = await testLogits(subject, parameters);
  const expected = tensors.float32("test.logits", logits.shape);
  return {
    part,
    deviation: largestDifference(logits.data, expected.data),
    tolerance: trainingTolerance(description.fp64.max_test_logit_diff),
  };
}

async function testLogits(subject: Subject, parameters: Parameters): Promise<Tensor<"float32">> {
  const { objective, model, training } = subject;
  const features =
    "pixels" in training.test ? await encodePixels(subject, parameters) : training.test.features;
  return objective.method.readsImageFeatures
    ? objective.score(parameters, features)
    : classify(features, await objective.encode(parameters), model.logitScale);
}

/** Features of the test pictures by the image tower with its learned prompts. */
async function encodePixels(
  { runtime, model, objective, training: { test } }: Subject,
  parameters: Parameters,
): Promise<Tensor<"float32">> {
  const pixels = "pixels" in test ? test.pixels : createTensor("float32", [0], new Float32Array(0));
  const [batchSize = 0] = pixels.shape;
  const prompts = await objective.imagePrompts(parameters);
  const encoder = await createImageEncoder(runtime, model.clip, { batchSize, prompts });
  try {
    const data = await encoder.encode(pixels.data);
    return normalizeFeatures(createTensor("float32", [batchSize, data.length / batchSize], data));
  } finally {
    await encoder.release();
  }
}

function compareLearningRates({ description }: TrainingCase): Comparison {
  const { lr, epochs, steps_per_epoch: stepsPerEpoch, lr_per_step: expected } = description;
  const schedule = { learningRate: lr, epochs, ...WARMUP };
  const rates = expected.map((_, step) => cosineLearningRate(schedule, Math.floor(step / stepsPerEpoch)));
  return { part: "learning rates", deviation: largestDifference(rates, expected), tolerance: 1e-12 };
}

/** What can be said of a miss of LAMM alone: whether its gradient can come from the case's features at all. */
async function explainMiss({ training, model, runtime }: Subject): Promise<string[]> {
  const { tensors, batches } = training;
  const [batch] = batches;
  if (model.method.name !== "lamm" || batch === undefined || !("features" in batch)) return [];
  const key = `${GOLDEN_PREFIX}${TOKENS}`;
  const start = tensors.float32(`init.${key}`);
  const gradient = tensors.float32(`grad0.${key}`, start.shape).data;
  const outside = await shareOutsideFeatures({ runtime, model, start, features: batch.features, gradient });
  if (!(outside > OUTSIDE_THRESHOLD)) return [];
  return [
    `first gradient lies ${outside.toPrecision(2)} outside the span of the case's own image features: ` +
      "no loss of cosines with them has it, so the reference trained on other features than the file holds",
  ];
}
