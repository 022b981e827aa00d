import { takeRows } from "../../tensor/take-rows.ts";
import { createTensor, type Tensor } from "../../tensor/tensor.ts";
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
  const { features, labels, classCount, random, heldOutLogits } = problem;
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
    ...(heldOutLogits && { heldOutLogits: takeLogits(heldOutLogits, kept) }),
    labels: kept.map((picture) => labels[picture] as number),
  };
}

/** Some rows of logits `[N, C]`. */
function takeLogits({ data, shape }: Tensor<"float64">, rows: readonly number[]): Tensor<"float64"> {
  const width = shape[1] ?? 0;
  const taken = new Float64Array(rows.length * width);
  for (const [index, row] of rows.entries())
    taken.set(data.subarray(row * width, (row + 1) * width), index * width);
  return createTensor("float64", [rows.length, width], taken);
}
