import { ConfigError } from "../errors.ts";
import { createRandom } from "../tensor/random.ts";
import { createTensor, type Tensor } from "../tensor/tensor.ts";
import { fitAdapter } from "./fit-adapter.ts";
import type { FitOptions } from "./fit-options.ts";
import { stratifiedFolds } from "./folds.ts";
import { scoreSet } from "./score-set.ts";
import { subsetOf } from "./subset.ts";

/** How a method is cross-validated. */
export interface CrossValidationOptions extends Omit<FitOptions, "checkpoints" | "onEpoch"> {
  /** From 2 to the pictures of the smallest class. */
  readonly folds: number;
  /** Called after each fold. */
  readonly onFold?: (done: number, folds: number) => void;
}

/**
 * Logits of each picture by an adapter that has not seen it: the support set is split into folds, and each is scored by what was
 * trained on the others.
 *
 * @returns float32 `[N, C]`, in the order of the pictures; `undefined` where the signal stopped it
 * @throws {DataError} if there are more folds than the smallest class has pictures
 * @throws {ConfigError} if these are more logits than memory can hold
 */
export async function crossValidate(options: CrossValidationOptions): Promise<Tensor<"float32"> | undefined> {
  const { data, folds, config, classNames, onFold, ...rest } = options;
  const { labels } = data;
  checkHeldOutLogits({ pictures: labels.length, classes: classNames.length });
  const foldOf = stratifiedFolds(labels, { folds, random: createRandom(config.seed), classNames });
  const all = new Float32Array(labels.length * classNames.length);
  for (let fold = 0; fold < folds; fold++) {
    // Methods that fit in one step do not look at the signal themselves.
    if (rest.signal?.aborted) return undefined;
    const held = labels.flatMap((_, picture) => (foldOf[picture] === fold ? [picture] : []));
    const kept = labels.flatMap((_, picture) => (foldOf[picture] === fold ? [] : [picture]));
    const fit = await fitAdapter({ ...rest, config, classNames, data: subsetOf(data, kept) });
    if (fit === undefined) return undefined;
    const logits = await scoreSet(fit.adapter, subsetOf(data, held), rest);
    for (const [row, picture] of held.entries()) {
      const start = row * classNames.length;
      all.set(logits.data.subarray(start, start + classNames.length), picture * classNames.length);
    }
    onFold?.(fold + 1, folds);
  }
  return createTensor("float32", [labels.length, classNames.length], all);
}

/** Most logits that a cross-validation keeps: 2 GB, such as 16 shots of 5,000 classes. */
const MAX_LOGITS = 2 ** 29;

/**
 * Throws unless the logits `[N, C]` of a cross-validation fit into memory: to be called before a long training.
 *
 * @throws {ConfigError} if they do not
 */
export function checkHeldOutLogits({
  pictures,
  classes,
}: {
  readonly pictures: number;
  readonly classes: number;
}): void {
  if (pictures * classes <= MAX_LOGITS) return;
  throw new ConfigError({
    where: "cross-validation",
    expected: `at most ${MAX_LOGITS} logits, pictures times classes, which it keeps in memory`,
    got: `${pictures} pictures of ${classes} classes`,
    fix: "Train without calibration, and compare methods on test pictures.",
  });
}

/** Folds of a support set if nobody says how many: as many as are usual, at most what the smallest class has pictures. */
export function defaultFolds(labels: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return Math.min(USUAL_FOLDS, ...counts.values());
}

/** Few enough that each method trains a handful of times, many enough that four fifths of the pictures are learned from. */
const USUAL_FOLDS = 5;
