import { DataError } from "../errors.ts";
import { formatShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";

/**
 * What a classifier said of pictures whose classes are known. Where something is fitted to them they must be
 * out-of-sample: the logits of a picture come from a classifier that has not learned from it (see `stratifiedFolds`). A
 * classifier is surer of pictures that it has seen, and everything fitted to those expects as much of new ones.
 */
export interface LabelledLogits {
  /** float32 `[N, C]`; their softmax are the probabilities. */
  readonly logits: Tensor<"float32">;
  /** Class of each picture, `[N]`, in [0, C). */
  readonly labels: readonly number[];
}

/**
 * Throws unless there are logits of at least one picture, all numbers, and one label for each.
 *
 * @param where the function that was given them
 * @throws {DataError} naming the first picture that is wrong
 */
export function checkLabelledLogits(where: string, { logits, labels }: LabelledLogits): void {
  checkLogits(where, logits);
  const [count = 0, classes = 0] = logits.shape;
  if (labels.length !== count) {
    throw new DataError({
      where,
      expected: `${count} labels, one for each picture`,
      got: `${labels.length}`,
    });
  }
  const picture = labels.findIndex((label) => !(Number.isInteger(label) && label >= 0 && label < classes));
  if (picture !== -1) {
    const expected = `a class in [0, ${classes})`;
    throw new DataError({
      where: `${where}, label of picture ${picture}`,
      expected,
      got: String(labels[picture]),
    });
  }
}

/**
 * Throws unless there are logits of at least one picture, all numbers.
 *
 * @param where the function that was given them
 * @param logits float32 `[N, C]`
 * @throws {DataError} naming the first picture that is wrong
 */
export function checkLogits(where: string, { shape, data }: Tensor<"float32">): void {
  const [count = 0, classes = 0] = shape;
  if (shape.length !== 2 || count === 0 || classes === 0) {
    const expected = "logits [N, C] of at least one picture and one class";
    throw new DataError({ where, expected, got: formatShape(shape) });
  }
  const wrong = data.findIndex((logit) => !Number.isFinite(logit));
  if (wrong !== -1) {
    const picture = Math.floor(wrong / classes);
    const got = String(data[wrong]);
    throw new DataError({ where: `${where}, picture ${picture}`, expected: "finite logits", got });
  }
}
