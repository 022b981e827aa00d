import { createRandom, type Random } from "../tensor/random.ts";

/** Standard deviation of token vectors that start at random, as published. */
export const RANDOM_STD = 0.02;

/** Bits of the seed of a stream of its own. */
const SEED_BITS = 64;

/**
 * Token vectors that start at random, N(0, 0.02).
 *
 * They are drawn from a stream of their own: a model whose training began with the same seed has the first draws of that seed as its own
 * token embeddings, and vectors that stand for nothing would be words of it.
 *
 * @param random seeds the stream
 */
export function randomVectors(random: Pick<Random, "getrandbits">, length: number): Float32Array {
  const stream = createRandom(random.getrandbits(SEED_BITS));
  return Float32Array.from({ length }, () => stream.normal(RANDOM_STD));
}
