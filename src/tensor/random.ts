import { ConfigError } from "../errors.ts";

/** Words of the generator's state. */
const SIZE = 624;
/** Distance in the recurrence. */
const SHIFT = 397;

/**
 * A stream of random numbers equal to that of CPython's `random.Random(seed)`, so that splits drawn there can be drawn here.
 *
 * @see Matsumoto & Nishimura 1998, Mersenne Twister; CPython's `random.py` for the derived draws
 */
export interface Random {
  /** Uniform in [0, 1), with 53 random bits. */
  random(): number;
  /** A non-negative integer of `bits` random bits. */
  getrandbits(bits: number): bigint;
  /** A uniform integer in `[0, n)`; n from 1 to 2^53 - 1. */
  randBelow(n: number): number;
  /** `count` different items in random order. */
  sample<T>(items: readonly T[], count: number): T[];
  /** The items in random order, as a new array. */
  shuffle<T>(items: readonly T[]): T[];
  /** Normally distributed with mean 0; two uniform draws each (Box-Muller), which is not CPython's way. */
  normal(standardDeviation: number): number;
}

/**
 * Starts a stream.
 *
 * @param seed an integer; its sign does not matter, as in CPython
 * @throws {ConfigError} if the seed is not an integer
 */
export function createRandom(seed: number | bigint): Random {
  if (typeof seed === "number" && !Number.isSafeInteger(seed)) {
    throw new ConfigError({ where: "seed", expected: "an integer", got: String(seed) });
  }
  const next = createTwister(keyOf(BigInt(seed)));
  const getrandbits = (bits: number) => {
    let result = 0n;
    for (let filled = 0; filled < bits; filled += 32) {
      const take = Math.min(32, bits - filled);
      result |= BigInt(next() >>> (32 - take)) << BigInt(filled);
    }
    return result;
  };
  const random = () => {
    const high = next() >>> 5;
    const low = next() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  };
  const randBelow = (n: number) => {
    // No draw is below 0: it would be repeated for ever.
    if (!Number.isSafeInteger(n) || n < 1) {
      throw new ConfigError({ where: "randBelow", expected: "a whole number from 1", got: String(n) });
    }
    const bits = n.toString(2).length;
    let draw = Number(getrandbits(bits));
    while (draw >= n) draw = Number(getrandbits(bits));
    return draw;
  };
  return {
    random,
    getrandbits,
    randBelow,
    sample: (items, count) => sample(items, count, randBelow),
    shuffle: (items) => shuffle(items, randBelow),
    normal: (standardDeviation) => {
      const radius = Math.sqrt(-2 * Math.log(1 - random()));
      return standardDeviation * radius * Math.cos(2 * Math.PI * random());
    },
  };
}

/** The seed's magnitude as 32-bit words, lowest first. */
function keyOf(seed: bigint): number[] {
  let rest = seed < 0n ? -seed : seed;
  const words: number[] = [];
  do {
    words.push(Number(rest & 0xffffffffn));
    rest >>= 32n;
  } while (rest > 0n);
  return words;
}

/** MT19937 seeded by a key; each call gives 32 bits as an unsigned integer. */
function createTwister(key: readonly number[]): () => number {
  const state = seedByKey(key);
  let position = SIZE;
  return () => {
    if (position === SIZE) {
      twist(state);
      position = 0;
    }
    let word = state[position++]!;
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  };
}

/** The reference implementation's `init_by_array`. */
function seedByKey(key: readonly number[]): Uint32Array {
  const state = new Uint32Array(SIZE);
  state[0] = 19650218;
  for (let i = 1; i < SIZE; i++) {
    const previous = state[i - 1]!;
    state[i] = Math.imul(1812433253, previous ^ (previous >>> 30)) + i;
  }
  let i = 1;
  const mix = (factor: number, addend: number) => {
    const previous = state[i - 1]!;
    state[i] = (state[i]! ^ Math.imul(previous ^ (previous >>> 30), factor)) + addend;
    i++;
    if (i === SIZE) {
      state[0] = state[SIZE - 1]!;
      i = 1;
    }
  };
  for (let step = 0; step < Math.max(SIZE, key.length); step++) {
    const j = step % key.length;
    mix(1664525, (key[j] ?? 0) + j);
  }
  for (let step = 1; step < SIZE; step++) mix(1566083941, -i);
  state[0] = 0x80000000;
  return state;
}

/** Makes the next {@link SIZE} words. */
function twist(state: Uint32Array): void {
  for (let i = 0; i < SIZE; i++) {
    const word = (state[i]! & 0x80000000) | (state[(i + 1) % SIZE]! & 0x7fffffff);
    state[i] = state[(i + SHIFT) % SIZE]! ^ (word >>> 1) ^ (word & 1 ? 0x9908b0df : 0);
  }
}

/** CPython's choice between drawing from a shrinking pool and drawing until new; the stream depends on it. */
function sample<T>(items: readonly T[], count: number, randBelow: (n: number) => number): T[] {
  const n = items.length;
  if (!Number.isInteger(count) || count < 0 || count > n) {
    throw new ConfigError({ where: "sample", expected: `a count from 0 to ${n}`, got: String(count) });
  }
  const poolLimit = 21 + (count > 5 ? 4 ** Math.ceil(Math.log(count * 3) / Math.log(4)) : 0);
  if (n > poolLimit) {
    const chosen = new Set<number>();
    while (chosen.size < count) chosen.add(randBelow(n));
    return Array.from(chosen, (index) => items[index] as T);
  }
  const pool = [...items];
  return Array.from({ length: count }, (_, i) => {
    const j = randBelow(n - i);
    const item = pool[j] as T;
    pool[j] = pool[n - i - 1] as T;
    return item;
  });
}

/** Fisher-Yates from the end. */
function shuffle<T>(items: readonly T[], randBelow: (n: number) => number): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = randBelow(i + 1);
    [result[i], result[j]] = [result[j] as T, result[i] as T];
  }
  return result;
}
