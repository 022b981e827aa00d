import type { ClipShape } from "../random-checkpoint/clip-shapes.ts";
import type { ScaleScenario } from "./scenario.ts";

/** Sizes of a measurement of scale. */
export interface ScalePlan {
  /** C. */
  readonly classCounts: readonly number[];
  /** Most classes of which a step over the whole support set is measured: its cost rises with the square. */
  readonly maxWholeClasses: number;
  /** Most classes of which the loss is computed on all pictures; on one a class beyond: logits are as many as pictures times classes. */
  readonly maxFullClasses: number;
  /** Tokens of class names, dealt to the classes in turn. */
  readonly nameLengths: readonly number[];
  /** K. */
  readonly shots: number;
  /** Rows of the feature cache, and pictures of the data set. */
  readonly pictures: number;
  /** Pictures that are evaluated on, and how many of them are scored for the time. */
  readonly testPictures: number;
  readonly scoredPictures: number;
  /** Model whose text tower is measured. */
  readonly shape: ClipShape;
  /** D. */
  readonly width: number;
}

/** ImageNet's pictures and all counts of classes from 100 to ImageNet-21k's. */
export const fullPlan: ScalePlan = {
  classCounts: [100, 1000, 5000, 10_000, 21_000],
  maxWholeClasses: 21_000,
  maxFullClasses: 5000,
  nameLengths: [1],
  shots: 16,
  pictures: 1_281_167,
  testPictures: 50_000,
  scoredPictures: 2000,
  shape: "vit-b-16",
  width: 512,
};

/** Pictures of a batch of the published schedule, and of the image tower. */
const BATCH_SIZE = 32;
/** Classes up to which a step takes so short that the loading of its graphs would count. */
const MAX_WARM_CLASSES = 1000;
/** Class encodings that steps of one count of classes are timed over. */
const TIMED_CLASSES = 3000;
/** Most steps that are timed. */
const MAX_ROUNDS = 5;

/** All that is measured, the cheap ones first. */
export function listScenarios(
  { shape: _, ...plan }: ScalePlan,
  checkpoint: string,
): readonly ScaleScenario[] {
  const { nameLengths, shots, pictures, width } = plan;
  const largest = Math.max(...plan.classCounts);
  const roundsOf = (classes: number) =>
    Math.min(MAX_ROUNDS, Math.max(1, Math.round(TIMED_CLASSES / classes)));
  return [
    { kind: "shots", pictures, classes: 1000, shots },
    { kind: "cache", rows: pictures, width, batchSize: BATCH_SIZE, reads: Math.ceil(pictures / 10) },
    ...plan.classCounts.map((classes): ScaleScenario => {
      const [rounds, warmUp] = [roundsOf(classes), classes <= MAX_WARM_CLASSES];
      return { kind: "step", checkpoint, classes, nameLengths, shots, batchSize: BATCH_SIZE, rounds, warmUp };
    }),
    {
      kind: "evaluation",
      classes: largest,
      pictures: plan.testPictures,
      scored: plan.scoredPictures,
      width,
    },
    ...plan.classCounts
      .filter((classes) => classes <= plan.maxWholeClasses)
      .map((classes): ScaleScenario => {
        const rounds = classes <= MAX_WARM_CLASSES ? 2 : 1;
        const evaluatedShots = classes <= plan.maxFullClasses ? shots : 1;
        return { kind: "whole step", checkpoint, classes, nameLengths, shots, evaluatedShots, rounds };
      }),
  ];
}
