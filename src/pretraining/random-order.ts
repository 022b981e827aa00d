import { createRandom, type Random } from "../tensor/random.ts";

/** Permutations that are kept: a batch may reach from one epoch into the next. */
const KEPT_EPOCHS = 2;

/**
 * A stream of random numbers for one number of one use in a run: streams of other seeds, uses or numbers have nothing in common
 * with it.
 *
 * @param use what the numbers are for; each use of a source has one of its own
 * @param number such as that of a picture or an epoch
 */
export function createStream(seed: number, use: number, number: number): Random {
  return createRandom((BigInt(seed) << 96n) | (BigInt(use) << 64n) | BigInt(number));
}

/**
 * Items in random order, each once before any comes again: one permutation an epoch.
 *
 * @param use of the permutations' streams, see {@link createStream}
 * @returns the item at a place, from 0, of the run with a seed
 */
export function createRandomOrder<T>(items: readonly T[], use: number): (seed: number, place: number) => T {
  const epochs = new Map<string, readonly T[]>();
  return (seed, place) => {
    const epoch = Math.floor(place / items.length);
    const key = `${seed} ${epoch}`;
    let order = epochs.get(key);
    if (order === undefined) {
      const [oldest] = epochs.keys();
      if (epochs.size >= KEPT_EPOCHS && oldest !== undefined) epochs.delete(oldest);
      order = createStream(seed, use, epoch).shuffle(items);
      epochs.set(key, order);
    }
    return order[place % items.length] as T;
  };
}
