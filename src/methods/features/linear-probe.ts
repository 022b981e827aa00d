import { z } from "zod";
import type { Value } from "../../graph/node.ts";
import { createLbfgs, type LbfgsPoint } from "../../optim/lbfgs.ts";
import { minimize } from "../../optim/minimize.ts";
import { createTensor, type Tensor } from "../../tensor/tensor.ts";
import { defineFeatureMethod, type FeatureProblem } from "../feature-method.ts";
import { countPictures } from "./class-statistics.ts";
import {
  createFeatureObjective,
  equalTargets,
  type FeatureModel,
  type FeatureObjective,
} from "./feature-objective.ts";
import { drawFolds } from "./folds.ts";
import {
  type Candidate,
  chooseBest,
  type HeldOutScore,
  isBetter,
  joinScores,
  scoreHeldOut,
} from "./held-out.ts";
import { linearLogits } from "./linear-logits.ts";
import { roundToFloat32 } from "./matrix-product.ts";
import { zeroShotLogits } from "./zero-shot-logits.ts";

/**
 * Strengths that may be tried, a factor of about 3 apart, and the two where the search may begin: about right where words or noise
 * count, and where clean pictures do. Between them the log-loss can have a hump.
 */
const STRENGTHS = [1, 0.3, 0.1, 0.03, 0.01, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5, 3e-6];
const STARTS = [2, 8];
/**
 * Used where nothing can be held out. Accuracy with one picture a class hardly depends on it (78.8 to 79.4 % from 1e-5 to 0.1, on
 * validation pictures of Caltech101 without words); words are trusted more.
 */
const DEFAULT_L2 = 0.03;
const DEFAULT_L2_WITHOUT_WORDS = 1e-4;
/** Pictures held out, after which further folds are left out: they would cost time and change nothing. */
const ENOUGH_HELD_OUT = 400;
/** Pairs of L-BFGS: more did not end sooner, and each costs two passes over the weights. */
const HISTORY = 5;
/** Length of the first step: about that of the change in the end, with many pictures. */
const FIRST_STEP = 100;
/** Most evaluations of a fit. */
const MAX_EVALUATIONS = 100;
/**
 * Share of the loss that a step lowers it by at least, or a fit ends. Fits that end sooner are held back by that as by a pull, so that weaker
 * ones would be chosen than are right.
 */
const TOLERANCE = 1e-4;

const options = z.strictObject({
  l2: z
    .number()
    .positive()
    .optional()
    .describe("strength of the pull towards the zero-shot weights; by cross-validation if not given"),
});

/**
 * Multinomial logistic regression from the zero-shot weights: minimises
 * `sum of cross-entropies + l2 / 2 |W - s G|^2` over `logits = f W^T`, G the text features, by L-BFGS. Without text features it
 * starts from 0 and is pulled there.
 *
 * The problem is convex, so where it starts is forgotten; what stays of the words is the pull. There is no bias: features of CLIP have
 * a large common part, along which weights do the same.
 * @see Radford et al. 2021, https://arxiv.org/abs/2103.00020, section 3.2; Silva-Rodriguez et al. 2024,
 * https://arxiv.org/abs/2312.12730, for the start
 */
export const linearProbe = defineFeatureMethod({
  kind: "features",
  name: "linear-probe",
  title: "Linear probe",
  description: "logistic regression from the zero-shot weights",
  source: "Radford et al., ICML 2021, https://arxiv.org/abs/2103.00020",
  options,
  async fit(problem, given) {
    const counts = countPictures(problem);
    const probe = await createProbe(problem);
    try {
      const chosen = given.l2 === undefined ? await chooseStrength(problem, counts, probe) : undefined;
      const l2 = given.l2 ?? chosen?.l2 ?? (problem.textFeatures ? DEFAULT_L2 : DEFAULT_L2_WITHOUT_WORDS);
      const all = problem.labels.map((_, picture) => picture);
      const { change } = await fitProbe(probe, {
        pictures: all,
        l2,
        from: chosen?.near,
      });
      return { tensors: { weight: weightOf(problem, change) }, hyperparameters: { l2 } };
    } finally {
      await probe.objective.release();
    }
  },
  score({ tensors }, features) {
    return roundToFloat32(linearLogits(features, { weight: tensors.weight as Tensor<"float32"> }));
  },
});

/** What all fits on one support set share. */
interface Probe {
  readonly problem: FeatureProblem;
  readonly objective: FeatureObjective;
}

/** The objective over `logits = z + f U^T`: U, the change of the weights, is what is trained, and is all that the penalty sees. */
async function createProbe(problem: FeatureProblem): Promise<Probe> {
  const { features, classCount, runtime } = problem;
  const [pictures = 0, width = 0] = features.shape;
  const zeroShot = roundToFloat32(zeroShotLogits(problem));
  const model: FeatureModel = {
    parameters: { change: [classCount, width] },
    inputs: { strength: [] },
    build(g, f, values) {
      const { change, strength } = values as Record<"change" | "strength", Value>;
      const logits = g.gemm(f, change, g.constant(zeroShot), { transB: true });
      return { logits, penalty: g.mul(strength, g.reduceSum(g.mul(change, change))) };
    },
  };
  const objective = await createFeatureObjective(runtime, model, { batch: pictures, width, classCount });
  return { problem, objective };
}

interface ProbeFit {
  /** Those that are learned from. */
  readonly pictures: readonly number[];
  readonly l2: number;
  /** Where it begins, from no change if not given. */
  readonly from: Float32Array | undefined;
}

/** Fits on some of the pictures; the logits are those of all. */
async function fitProbe(
  { problem, objective }: Probe,
  { pictures, l2, from }: ProbeFit,
): Promise<{ change: Float32Array; logits: Tensor<"float32"> }> {
  const { features, classCount } = problem;
  const batch = { features, targets: equalTargets(problem, pictures, 1) };
  const strength = Float32Array.of(l2 / 2);
  const lbfgs = createLbfgs(from ?? new Float32Array(classCount * (features.shape[1] ?? 0)), {
    history: HISTORY,
    firstStep: FIRST_STEP,
  });
  await minimize(
    lbfgs,
    async (change) => {
      const { loss, gradients } = await objective.evaluate({ change }, batch, { strength });
      return { loss, gradient: gradients.change as Float32Array };
    },
    { maxEvaluations: MAX_EVALUATIONS, lossTolerance: TOLERANCE },
  );
  const { x: change } = lbfgs.point as LbfgsPoint;
  const { logits } = await objective.evaluate({ change }, batch, { strength });
  return { change, logits };
}

/** `s G` plus the change, float32 `[C, D]`. */
function weightOf(problem: FeatureProblem, change: Float32Array): Tensor<"float32"> {
  const { features, classCount, textFeatures, logitScale } = problem;
  const words = textFeatures?.data;
  const weight = words === undefined ? change : change.map((value, i) => value + logitScale * words[i]!);
  return createTensor("float32", [classCount, features.shape[1] ?? 0], weight);
}

/**
 * Strength by cross-validation: climbs from the better of {@link STARTS} to weaker or stronger ones as long as the log-loss falls, each
 * fit going on from the last one of its fold.
 *
 * @returns the strength and, near where the fit on all pictures will end, the mean of the folds' last ones; `undefined` where
 * nothing can be held out
 */
async function chooseStrength(
  { labels, random }: FeatureProblem,
  counts: readonly number[],
  probe: Probe,
): Promise<{ l2: number; near: Float32Array } | undefined> {
  const folds = enoughOf(drawFolds({ labels, counts, random }));
  if (folds.length === 0) return undefined;
  const reached: (Float32Array | undefined)[] = folds.map(() => undefined);
  const scoreAt = async (index: number): Promise<Candidate<number>> => {
    const l2 = STRENGTHS[index] as number;
    const scores: (HeldOutScore & { pictures: number })[] = [];
    for (const [fold, heldOut] of folds.entries()) {
      const out = new Set(heldOut);
      const pictures = labels.flatMap((_, picture) => (out.has(picture) ? [] : [picture]));
      const { change, logits } = await fitProbe(probe, {
        pictures,
        l2,
        from: reached[fold],
      });
      reached[fold] = change;
      scores.push({ ...scoreHeldOut(logits, { labels, pictures: heldOut }), pictures: heldOut.length });
    }
    return { setting: l2, score: joinScores(scores) };
  };
  const starts: Candidate<number>[] = [];
  for (const index of STARTS) starts.push(await scoreAt(index));
  let best = chooseBest(starts);
  const start = STRENGTHS.indexOf(best.setting);
  for (const step of [1, -1]) {
    const before = best;
    for (let index = start + step; index in STRENGTHS; index += step) {
      const next = await scoreAt(index);
      if (!isBetter(next.score, best.score)) break;
      best = next;
    }
    if (best !== before) break;
  }
  return { l2: best.setting, near: meanOf(reached as Float32Array[]) };
}

/** The first folds, until they hold enough pictures to tell strengths apart. */
function enoughOf(folds: readonly (readonly number[])[]): (readonly number[])[] {
  let pictures = 0;
  return folds.filter((fold) => {
    const isWanted = pictures < ENOUGH_HELD_OUT;
    pictures += fold.length;
    return isWanted;
  });
}

function meanOf(vectors: readonly Float32Array[]): Float32Array {
  const mean = new Float32Array(vectors[0]?.length ?? 0);
  for (const vector of vectors) for (let i = 0; i < mean.length; i++) mean[i]! += vector[i]! / vectors.length;
  return mean;
}
