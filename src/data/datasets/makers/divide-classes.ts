// Node only: what it divides are files.
import { DataError } from "../../../errors.ts";
import type { Random } from "../../../tensor/random.ts";
import type { Split, SplitPicture } from "../split.ts";

/** Shares of a class's pictures to learn from and to choose by; the rest is tested on. */
const TRAIN_SHARE = 0.5;
const VAL_SHARE = 0.2;

/**
 * Divides the pictures of each class at random: half to learn from, a fifth to choose by, the rest to test on.
 *
 * @param classes pictures of each class, in the order in which they are shuffled
 * @param random the classes are shuffled from this one stream, one after the other
 * @param where folder or list of the pictures, for errors
 * @throws {DataError} if a class has too few for all three parts
 * @see Zhou et al. 2022, https://arxiv.org/abs/2109.01134, whose code divides data sets so that have no official parts
 */
export function divideClasses(
  classes: readonly (readonly SplitPicture[])[],
  { random, where }: { readonly random: Random; readonly where: string },
): Split {
  const parts = classes.map((pictures) => {
    const shuffled = random.shuffle(pictures);
    const train = roundHalfToEven(shuffled.length * TRAIN_SHARE);
    const val = roundHalfToEven(shuffled.length * VAL_SHARE);
    if (Math.min(train, val, shuffled.length - train - val) < 1) throw tooFew(pictures, where);
    return {
      train: shuffled.slice(0, train),
      val: shuffled.slice(train, train + val),
      test: shuffled.slice(train + val),
    };
  });
  return {
    train: parts.flatMap(({ train }) => train),
    val: parts.flatMap(({ val }) => val),
    test: parts.flatMap(({ test }) => test),
  };
}

/**
 * Takes a fifth of each class's pictures to choose by from those of an official part to learn from.
 *
 * @param pictures of all classes; classes are shuffled in order of first appearance, from one stream
 * @throws {DataError} if a class has too few
 */
export function holdOutValidation(
  pictures: readonly SplitPicture[],
  { random, where }: { readonly random: Random; readonly where: string },
): Pick<Split, "train" | "val"> {
  const train: SplitPicture[] = [];
  const val: SplitPicture[] = [];
  for (const own of groupByLabel(pictures)) {
    const shuffled = random.shuffle(own);
    const count = roundHalfToEven(shuffled.length * VAL_SHARE);
    if (count < 1) throw tooFew(own, where);
    val.push(...shuffled.slice(0, count));
    train.push(...shuffled.slice(count));
  }
  return { train, val };
}

/** Pictures of each class, classes in order of first appearance. */
export function groupByLabel(pictures: readonly SplitPicture[]): SplitPicture[][] {
  const groups = new Map<number, SplitPicture[]>();
  for (const picture of pictures) {
    const group = groups.get(picture.label);
    if (group === undefined) groups.set(picture.label, [picture]);
    else group.push(picture);
  }
  return [...groups.values()];
}

/** Python's `round`: halves go to the even neighbour. */
function roundHalfToEven(value: number): number {
  const below = Math.floor(value);
  const isHalf = value - below === 0.5;
  return isHalf ? below + (below % 2) : Math.round(value);
}

function tooFew(pictures: readonly SplitPicture[], where: string): DataError {
  return new DataError({
    where,
    expected: "enough pictures of each class for all parts of a split",
    got: `${pictures.length} of "${pictures[0]?.className ?? ""}"`,
    fix: "Some are not there; get the pictures again.",
  });
}
