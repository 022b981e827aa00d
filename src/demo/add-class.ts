import { classify } from "../clip/zero-shot.ts";
import { concatRows } from "../tensor/concat-rows.ts";
import { createTensor, type Tensor } from "../tensor/tensor.ts";
import { additionAccuracy } from "../training/addition-accuracy.ts";
import type { NewClass } from "./demo-result.ts";
import { drawShots, type EncodedSet } from "./encoded-set.ts";

/** Learns text features of some classes from their shots, beside fixed ones of others. */
export type LearnClasses = (
  classes: readonly number[],
  data: ReturnType<typeof drawShots>,
  fixed?: Tensor<"float32">,
) => Promise<Tensor<"float32"> | undefined>;

/** What {@link addClass} works with. */
export interface AddClassOptions {
  readonly train: EncodedSet;
  readonly test: EncodedSet;
  readonly classNames: readonly string[];
  /** The class that comes later. */
  readonly added: number;
  readonly shots: number;
  readonly seed: number;
  readonly learn: LearnClasses;
}

/**
 * Learns all classes but one, then the last with the others' text features as fixed negatives: these do not change by a bit.
 *
 * @returns `undefined` where the run was stopped
 */
export async function addClass(options: AddClassOptions): Promise<NewClass | undefined> {
  const { train, test, classNames, added, shots, seed, learn } = options;
  const old = classNames.map((_, label) => label).filter((label) => label !== added);
  const oldFeatures = await learn(old, drawShots(train, { shots, seed, classes: old }));
  if (oldFeatures === undefined) return undefined;
  const newFeature = await learn([added], drawShots(train, { shots, seed, classes: [added] }), oldFeatures);
  if (newFeature === undefined) return undefined;
  const order = [...old, added];
  const logits = classify(test.features, concatRows([oldFeatures, newFeature]), 1);
  const {
    old: others,
    added: own,
    union,
  } = additionAccuracy({
    oldCount: old.length,
    labels: test.labels.map((label) => order.indexOf(label)),
    logits,
    // What the demo shows of the new class before is zero-shot, at another place.
    wordLogits: createTensor("float32", [test.labels.length, 0], new Float32Array()),
  });
  return {
    name: classNames[added] ?? "",
    oldBefore: others?.before ?? Number.NaN,
    oldAfter: others?.after ?? Number.NaN,
    added: own?.after ?? Number.NaN,
    union: union?.after ?? Number.NaN,
  };
}
