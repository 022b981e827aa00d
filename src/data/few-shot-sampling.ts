import { ConfigError } from "../errors.ts";
import type { Random } from "../tensor/random.ts";

/** Something with a class. */
export interface Labelled {
  /** Index of the class, from 0. */
  readonly label: number;
}

/** Pictures drawn for training and, where there are any, for validation. */
export interface Shots<T> {
  readonly train: readonly T[];
  readonly val: readonly T[];
}

/** Most validation pictures a class. */
const MAX_VALIDATION_SHOTS = 4;

/**
 * Draws K pictures of each class, and min(K, 4) for validation from the same stream: class by class in order of first
 * appearance, all pictures of a class that has fewer.
 *
 * @param pool pictures to draw from
 * @param shots K, from 1
 * @param random a stream seeded by the run's seed; equal seeds give the draws that CoOp's and later authors published
 * @throws {ConfigError} if `shots` is not a positive integer
 */
export function sampleShots<T extends Labelled>(
  pool: { readonly train: readonly T[]; readonly val?: readonly T[] },
  { shots, random }: { readonly shots: number; readonly random: Random },
): Shots<T> {
  if (!Number.isInteger(shots) || shots < 1) {
    throw new ConfigError({ where: "shots", expected: "a whole number from 1", got: String(shots) });
  }
  const train = drawEach(pool.train, shots, random);
  return { train, val: drawEach(pool.val ?? [], Math.min(shots, MAX_VALIDATION_SHOTS), random) };
}

function drawEach<T extends Labelled>(items: readonly T[], count: number, random: Random): T[] {
  const byClass = new Map<number, T[]>();
  for (const item of items) {
    const list = byClass.get(item.label);
    if (list === undefined) byClass.set(item.label, [item]);
    else list.push(item);
  }
  return [...byClass.values()].flatMap((list) => (list.length < count ? list : random.sample(list, count)));
}
