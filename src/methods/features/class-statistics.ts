import { DataError } from "../../errors.ts";
import { createTensor, type Tensor } from "../../tensor/tensor.ts";
import type { FeatureProblem } from "../feature-method.ts";

/** The part of a {@link FeatureProblem} that says which picture is of which class. */
export type LabelledFeatures = Pick<FeatureProblem, "features" | "labels" | "classCount">;

/**
 * Pictures of each class, `[C]`.
 *
 * @throws {DataError} if a class has none, a label is no class, or there is not one label for each picture
 */
export function countPictures({ features, labels, classCount }: LabelledFeatures): number[] {
  const [pictures = 0] = features.shape;
  if (labels.length !== pictures) {
    throw new DataError({
      where: "support set",
      expected: `${pictures} labels, one for each picture`,
      got: `${labels.length}`,
    });
  }
  const counts = new Array<number>(classCount).fill(0);
  labels.forEach((label, picture) => {
    const count = counts[label];
    if (count === undefined) {
      throw new DataError({
        where: `support set, label of picture ${picture}`,
        expected: `a class in [0, ${classCount})`,
        got: String(label),
      });
    }
    counts[label] = count + 1;
  });
  const empty = counts.indexOf(0);
  if (empty === -1) return counts;
  throw new DataError({
    where: `support set, class ${empty}`,
    expected: "at least one picture",
    got: "none",
    fix: "Add a picture of it, or leave the class out.",
  });
}

/**
 * Pictures that can be held out: those whose class has another one. What is held out of a class of one picture says nothing
 * about it, as nothing is left to recognise it by.
 *
 * @param counts of {@link countPictures}
 */
export function picturesToHoldOut(labels: readonly number[], counts: readonly number[]): number[] {
  return labels.flatMap((label, picture) => ((counts[label] ?? 0) > 1 ? [picture] : []));
}

/** Mean feature of each class, not normalised: float64 `[C, D]`. */
export function classMeans(
  { features, labels, classCount }: LabelledFeatures,
  counts: readonly number[],
): Tensor<"float64"> {
  const width = features.shape[1] ?? 0;
  const means = new Float64Array(classCount * width);
  labels.forEach((label, picture) => {
    const share = 1 / (counts[label] ?? 1);
    for (let i = 0; i < width; i++) means[label * width + i]! += share * features.data[picture * width + i]!;
  });
  return createTensor("float64", [classCount, width], means);
}

/** Each picture's feature less the mean of its class: float64 `[N, D]`. */
export function centreByClass(
  { features, labels }: LabelledFeatures,
  means: Tensor<"float64">,
): Tensor<"float64"> {
  const width = features.shape[1] ?? 0;
  const centred = Float64Array.from(features.data);
  labels.forEach((label, picture) => {
    for (let i = 0; i < width; i++) centred[picture * width + i]! -= means.data[label * width + i]!;
  });
  return createTensor("float64", features.shape, centred);
}
