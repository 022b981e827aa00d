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
  const before = findMatches(test, oldFeatures, old);
  const after = findMatches(test, concatRows(oldFeatures, newFeature), [...old, added]);
  const isNew = (index: number) => test.labels[index] === added;
  const isOld = (index: number) => !isNew(index);
  return {
    name: classNames[added] ?? "",
    oldBefore: shareOf(before, isOld),
    oldAfter: shareOf(after, isOld),
    added: shareOf(after, isNew),
    union: shareOf(after, () => true),
  };
}

/** Whether each picture is taken for what it is. */
function findMatches(
  { features, labels }: EncodedSet,
  textFeatures: Tensor<"float32">,
  classes: readonly number[],
): boolean[] {
  const logits = rowsOf(classify(features, textFeatures, 1));
  return logits.map((row, index) => classes[argMax(row)] === labels[index]);
}

/** Share of matches among some pictures. */
function shareOf(matches: readonly boolean[], keep: (index: number) => boolean): number {
  const kept = matches.filter((_, index) => keep(index));
  return kept.filter(Boolean).length / kept.length;
}

function concatRows(a: Tensor<"float32">, b: Tensor<"float32">): Tensor<"float32"> {
  const data = new Float32Array(a.data.length + b.data.length);
  data.set(a.data);
  data.set(b.data, a.data.length);
  return createTensor("float32", [(a.shape[0] ?? 0) + (b.shape[0] ?? 0), a.shape[1] ?? 0], data);
}
