import { mapWeights } from "../../../src/clip/name-weights.ts";
import { loadClipWeights } from "../../../src/clip/node/load-clip.ts";
import { createAdamW } from "../../../src/optim/adamw.ts";
import { createContrastiveObjective } from "../../../src/pretraining/contrastive-objective.ts";
import { readFloat32 } from "../../../src/tensor/node/read-tensor.ts";
import { createTensor } from "../../../src/tensor/tensor.ts";
import type { CaseContext, RunCase } from "../case-kind.ts";
import { type Comparison, worstOf } from "../check.ts";
import { largestDifference, largestMagnitude, relativeDifference } from "../deviation.ts";
import { compareEachForm } from "../each-form.ts";
import type { GoldenCheckpoint } from "../golden-folder.ts";
import { sequencesOf } from "../golden-prompts.ts";
import type { GoldenTensors } from "../golden-tensors.ts";
import { openAiTensor } from "../openai-tensor.ts";
import { FORWARD, GRADIENT, OPTIMIZER_STEP } from "../tolerances.ts";

/** Settings of the reference's step; every tensor decays. */
const ADAMW = { b1: 0.9, b2: 0.98, eps: 1e-6, weightDecay: 0.2 };
const LEARNING_RATE = 5e-4;

/** The reference gives the rows of the embedding table that its captions use; those of all others are zero. */
const TOKEN_ROWS = "token_embedding.rows";
const TOKEN_TABLE = "token_embedding.weight";

/** CLIP's own training on every stored form of the checkpoint: loss, logits, every gradient given, and AdamW's first step. */
export const runContrastive: RunCase = (context) => compareEachForm(context, compareForm);

/** What a tensor of OpenAI's name is here. */
type Lookup = (name: string) => Float32Array;

/** A first step as it was taken here. */
interface FirstStep {
  readonly gradient: Lookup;
  /** Parameters before it. */
  readonly before: Lookup;
  /** Parameters after it. */
  readonly after: Lookup;
}

async function compareForm(
  { golden, runtime, name }: CaseContext,
  { form, path }: GoldenCheckpoint,
): Promise<Comparison[]> {
  const tensors = golden.tensors(name);
  const { config, weights: stored } = await loadClipWeights(path);
  const weights = mapWeights(stored, (_, tensor) =>
    createTensor("float32", tensor.shape, readFloat32(tensor)),
  );
  const images = tensors.float32("images", [undefined, 3, undefined, undefined]);
  const [batchSize = 0] = images.shape;
  const sequences = sequencesOf(tensors.integers("token_ids", [batchSize, undefined]));
  const maxLength = Math.max(...sequences.map(({ length }) => length));
  const objective = createContrastiveObjective(runtime, { config, weights }, { batchSize, maxLength });
  try {
    const { parameters } = objective;
    const captions = sequences.map((ids) => ids.join(" "));
    const found = await objective.evaluate({ pixels: images.data, captions, sequences });
    // Copied: the step is taken in place.
    const before = structuredClone(parameters);
    createAdamW(ADAMW).step(parameters, found.gradients, LEARNING_RATE);
    const step: FirstStep = {
      gradient: (key) => openAiTensor(found.gradients, key, weights),
      before: (key) => openAiTensor(before, key, weights),
      after: (key) => openAiTensor(parameters, key, weights),
    };
    return [
      compare(tensors, "loss", [found.loss], FORWARD),
      compare(tensors, "logits_per_image", found.logits, FORWARD),
      worstOf("gradients", compareGradients(tensors, step)),
      worstOf("AdamW on the reference's gradients", compareOptimizer(tensors, step)),
      worstOf("first step, share of what its gradients allow", compareStep(tensors, step)),
    ].map((comparison) => ({ ...comparison, part: `${form}: ${comparison.part}` }));
  } finally {
    await objective.release();
  }
}

/** A tensor of the case against what was found, relative to its largest element. */
function compare(
  tensors: GoldenTensors,
  part: string,
  found: ArrayLike<number>,
  tolerance: number,
): Comparison {
  return { part, deviation: relativeDifference(found, tensors.float32(part).data), tolerance };
}

/** One comparison for each gradient of the reference, and one for the rows of the embedding table that it leaves out. */
function compareGradients(tensors: GoldenTensors, { gradient }: FirstStep): Comparison[] {
  const { used, unused } = splitTokenRows(tensors, gradient(TOKEN_TABLE));
  return [
    ...namesAfter(tensors, "grad.").map((name) =>
      compare(tensors, `grad.${name}`, name === TOKEN_ROWS ? used : gradient(name), GRADIENT),
    ),
    { part: "grad of tokens that no caption has", deviation: largestMagnitude(unused), tolerance: 0 },
  ];
}

function splitTokenRows(tensors: GoldenTensors, table: Float32Array): { used: number[]; unused: number[] } {
  const { data: rows } = tensors.integers("token_rows", [undefined]);
  const [, width = 0] = tensors.float32(`grad.${TOKEN_ROWS}`, [rows.length, undefined]).shape;
  const rowAt = (row: number) => [...table.subarray(row * width, (row + 1) * width)];
  const all = Array.from({ length: table.length / width }, (_, row) => row);
  return {
    used: rows.flatMap(rowAt),
    unused: all.filter((row) => !rows.includes(row)).flatMap(rowAt),
  };
}

/** The optimiser alone: the reference's gradients and nothing of ours in its step. */
function compareOptimizer(tensors: GoldenTensors, { before }: FirstStep): Comparison[] {
  return namesAfter(tensors, "adamw1.").map((name) => {
    const parameter = before(name).slice();
    const gradient = tensors.float32(`grad.${name}`).data;
    createAdamW(ADAMW).step({ [name]: parameter }, { [name]: gradient }, LEARNING_RATE);
    return compare(tensors, `adamw1.${name}`, parameter, OPTIMIZER_STEP);
  });
}

/**
 * The step as it was taken. AdamW's first one is `g / (|g| + eps)` times the learning rate, so where a gradient is small against the
 * largest of its tensor, its rounding moves the parameter by up to two whole steps: deviations are told as a share of what a gradient
 * within {@link GRADIENT} and a step within {@link OPTIMIZER_STEP} may cause.
 */
function compareStep(tensors: GoldenTensors, { after }: FirstStep): Comparison[] {
  return namesAfter(tensors, "adamw1.").map((name) => {
    const part = `adamw1.${name}`;
    const expected = tensors.float32(part).data;
    const slopes = tensors.float32(`grad.${name}`).data;
    const unsure = GRADIENT * largestMagnitude(slopes);
    const rounding = OPTIMIZER_STEP * largestMagnitude(expected);
    const allowed = Float64Array.from(slopes, (slope) => {
      const share = Math.min(2, unsure / (Math.abs(slope) + ADAMW.eps));
      return LEARNING_RATE * share + rounding;
    });
    const inUnits = (values: Float32Array) => Float64Array.from(values, (value, i) => value / allowed[i]!);
    return { part, deviation: largestDifference(inUnits(after(name)), inUnits(expected)), tolerance: 1 };
  });
}

/** The rest of each name that begins so. */
function namesAfter({ names }: GoldenTensors, prefix: string): string[] {
  return names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
}
