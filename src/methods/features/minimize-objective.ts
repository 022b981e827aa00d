import { createLbfgs, type LbfgsPoint } from "../../optim/lbfgs.ts";
import { minimize } from "../../optim/minimize.ts";
import { norm } from "../../optim/vectors.ts";
import type { FeatureProblem } from "../feature-method.ts";
import { createFeatureObjective, equalTargets, type FeatureModel } from "./feature-objective.ts";

/** How a model of one parameter is minimised. */
export interface Minimization {
  /** The parameter. */
  readonly name: string;
  /** Where it begins. */
  readonly start: Float32Array;
  /** Most evaluations. */
  readonly evaluations: number;
}

/** Share of the start's length that the first step takes. */
const FIRST_STEP = 0.1;
/** Pairs of L-BFGS; more did not end sooner. */
const HISTORY = 5;
/** A step that lowers the mean cross-entropy by less ends it. */
const LOSS_TOLERANCE = 1e-6;

/** Minimises the mean cross-entropy over the whole support set, with the model's penalty, by L-BFGS. */
export async function minimizeObjective(
  problem: FeatureProblem,
  model: FeatureModel,
  { name, start, evaluations }: Minimization,
): Promise<Float32Array> {
  const { features, labels, classCount, runtime } = problem;
  const [pictures = 0, width = 0] = features.shape;
  const rows = labels.map((_, picture) => picture);
  const batch = { features, targets: equalTargets(problem, rows, 1 / pictures) };
  const objective = await createFeatureObjective(runtime, model, { batch: pictures, width, classCount });
  try {
    const lbfgs = createLbfgs(start, { history: HISTORY, firstStep: FIRST_STEP * norm(start) });
    await minimize(
      lbfgs,
      async (x) => {
        const { loss, gradients } = await objective.evaluate({ [name]: x }, batch);
        return { loss, gradient: gradients[name] as Float32Array };
      },
      { maxEvaluations: evaluations, lossTolerance: LOSS_TOLERANCE },
    );
    return (lbfgs.point as LbfgsPoint).x;
  } finally {
    await objective.release();
  }
}
