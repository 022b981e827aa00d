import { takeRows } from "../../tensor/take-rows.ts";
import type { FeatureProblem } from "../feature-method.ts";

/** Fewest pictures of a class that are kept: with one, none could be held out. */
const FEWEST = 2;

/**
 * The same problem with fewer pictures: about `most` in all, equally many of each class, but two at least; drawn by the problem's
 * random stream.
 *
 * @returns the problem itself if it is small enough
 */
export function sampleByClass(problem: FeatureProblem, most: number): FeatureProblem {
  const { features, labels, classCount, random } = problem;
  const [pictures = 0] = features.shape;
  if (pictures <= most) return problem;
  const share = Math.max(FEWEST, Math.floor(most / classCount));
  const taken = new Array<number>(classCount).fill(0);
  const kept = random.shuffle(labels.map((_, picture) => picture)).filter((picture) => {
    const label = labels[picture] as number;
    taken[label] = (taken[label] ?? 0) + 1;
    return (taken[label] ?? 0) <= share;
  });
  return {
    ...problem,
    features: takeRows(features, kept),
    labels: kept.map((picture) => labels[picture] as number),
  };
}
