import { classify } from "../clip/zero-shot.ts";
import { createTensor, type Tensor } from "../tensor/tensor.ts";
import { argMax, rowsOf } from "../training/metrics.ts";
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
  const union = [...old, added];
  const all = concatRows(oldFeatures, newFeature);
  const isNew = (label: number) => label === added;
  const isOld = (label: number) => label !== added;
  return {
    name: classNames[added] ?? "",
    oldBefore: accuracyOn(test, oldFeatures, old, isOld),
    oldAfter: accuracyOn(test, all, union, isOld),
    added: accuracyOn(test, all, union, isNew),
    union: accuracyOn(test, all, union, () => true),
  };
}

/** Share of the pictures of some classes that are right among `classes`. */
function accuracyOn(
  { features, labels }: EncodedSet,
  textFeatures: Tensor<"float32">,
  classes: readonly number[],
  keep: (label: number) => boolean,
): number {
  const predicted = rowsOf(classify(features, textFeatures, 1)).map((logits) => classes[argMax(logits)]);
  const kept = labels.flatMap((label, index) => (keep(label) ? [predicted[index] === label] : []));
  return kept.filter(Boolean).length / kept.length;
}

function concatRows(a: Tensor<"float32">, b: Tensor<"float32">): Tensor<"float32"> {
  const data = new Float32Array(a.data.length + b.data.length);
  data.set(a.data);
  data.set(b.data, a.data.length);
  return createTensor("float32", [(a.shape[0] ?? 0) + (b.shape[0] ?? 0), a.shape[1] ?? 0], data);
}
