import { ConfigError, DataError } from "../errors.ts";
import type { Random } from "../tensor/random.ts";

/** How pictures are divided into folds. */
export interface FoldOptions {
  /** From 2 to the number of pictures of the smallest class. */
  readonly folds: number;
  /** Decides which picture of a class goes where. */
  readonly random: Random;
  /** For errors; classes go by their index where they are not given. */
  readonly classNames?: readonly string[];
}

/**
 * Divides labelled pictures into folds of which each is held out once, so that every picture is scored by a classifier that
 * has not learned from it. The pictures of a class are dealt out in turn: their numbers in two folds differ by one at most,
 * and so do the sizes of the folds. As no class has fewer pictures than there are folds, every class is both in every fold and
 * in what is left without it.
 *
 * @param labels class of each picture, `[N]`
 * @returns fold of each picture, `[N]`, in [0, folds)
 * @throws {ConfigError} if `folds` is not a whole number from 2
 * @throws {DataError} naming the smallest class, if it has fewer pictures than there are folds
 * @see Kohavi 1995, A Study of Cross-Validation and Bootstrap for Accuracy Estimation and Model Selection, IJCAI
 * @example const folds = stratifiedFolds(labels, { folds: 4, random: createRandom(seed) });
 */
export function stratifiedFolds(
  labels: readonly number[],
  { folds, random, classNames = [] }: FoldOptions,
): number[] {
  if (!Number.isInteger(folds) || folds < 2) {
    throw new ConfigError({ where: "folds", expected: "a whole number from 2", got: String(folds) });
  }
  const byClass = picturesByClass(labels);
  checkSmallestClass(byClass, folds, classNames);
  const result = new Array<number>(labels.length).fill(0);
  // One turn through all classes: with a new start for each of them the first folds would become the largest.
  let turn = 0;
  for (const pictures of byClass.values()) {
    for (const picture of random.shuffle(pictures)) result[picture] = turn++ % folds;
  }
  return result;
}

/** Indices of the pictures of each class, in the order of the classes' first pictures. */
function picturesByClass(labels: readonly number[]): Map<number, number[]> {
  const byClass = new Map<number, number[]>();
  labels.forEach((label, picture) => {
    const pictures = byClass.get(label);
    if (pictures === undefined) byClass.set(label, [picture]);
    else pictures.push(picture);
  });
  return byClass;
}

function checkSmallestClass(
  byClass: ReadonlyMap<number, readonly number[]>,
  folds: number,
  classNames: readonly string[],
): void {
  const [smallest] = [...byClass].sort(([, a], [, b]) => a.length - b.length);
  if (smallest !== undefined && smallest[1].length >= folds) return;
  const [label, pictures] = smallest ?? [undefined, []];
  const name =
    label === undefined ? "" : ` in class ${label in classNames ? `"${classNames[label]}"` : label}`;
  throw new DataError({
    where: "folds",
    expected: `at least ${folds} pictures of each class, one for each fold`,
    got: `${pictures.length}${name}: folds larger than the smallest class`,
    fix: "Take fewer folds, or add pictures.",
  });
}
