import { PairQueue } from "./pair-queue.ts";

/** A word as symbols, and how often it occurs. */
export interface CountedWord {
  /** Ids of its symbols. */
  readonly symbols: readonly number[];
  readonly count: number;
}

/** What is to be learned. */
export interface MergeOptions {
  /** Number of symbols before the first merge; the merge of number i makes the symbol `firstId + i`. */
  readonly firstId: number;
  /** Fewer are learned where each word has become one symbol. */
  readonly maxMerges: number;
}

/** Two neighbouring symbols that become one. */
export type Merge = readonly [left: number, right: number];

/** More than there can be symbols, and small enough for the product of two to be exact. */
const KEY_BASE = 2 ** 26;

/**
 * Byte-pair encoding: again and again makes one symbol of the two neighbours that occur most often; of pairs that occur equally
 * often, the one with the smaller left and then the smaller right id.
 *
 * @returns the pairs in the order in which they were joined; for fewer merges, a prefix of this
 * @see Sennrich et al. 2016, https://arxiv.org/abs/1508.07909
 */
export function learnMerges(words: readonly CountedWord[], { firstId, maxMerges }: MergeOptions): Merge[] {
  const corpus = new PairCounts(words);
  const queue = new PairQueue();
  for (const key of corpus.counts.keys()) queue.push({ key, count: corpus.countOf(key) });
  const merges: Merge[] = [];
  while (merges.length < maxMerges) {
    const best = queue.pop();
    if (best === undefined) break;
    const count = corpus.countOf(best.key);
    // Earlier merges may have used up some of its occurrences; it waits for its turn.
    if (count !== best.count) {
      if (count > 0) queue.push({ key: best.key, count });
      continue;
    }
    const symbol = firstId + merges.length;
    const merge = [Math.floor(best.key / KEY_BASE), best.key % KEY_BASE] as const;
    merges.push(merge);
    // A merge makes no other pair more frequent than it was: only those with the new symbol are new to the queue.
    for (const key of corpus.join(merge, symbol)) queue.push({ key, count: corpus.countOf(key) });
  }
  return merges;
}

/** How often each pair of neighbours occurs, kept up to date while symbols are joined. */
class PairCounts {
  readonly counts = new Map<number, number>();
  readonly #words: { symbols: readonly number[]; readonly count: number }[];
  /** Words in which a pair occurs, or once did. */
  readonly #places = new Map<number, Set<number>>();

  constructor(words: readonly CountedWord[]) {
    this.#words = words.map(({ symbols, count }) => ({ symbols, count }));
    this.#words.forEach((_, index) => {
      this.#addPairs(index, 1);
    });
  }

  countOf(key: number): number {
    return this.counts.get(key) ?? 0;
  }

  /** Joins each occurrence of a pair, from left to right; returns the pairs that contain the new symbol. */
  join(pair: Merge, symbol: number): Set<number> {
    const created = new Set<number>();
    const key = keyOf(...pair);
    for (const index of this.#places.get(key) ?? []) {
      const word = this.#words[index];
      if (word === undefined) continue;
      this.#addPairs(index, -1);
      word.symbols = joinSymbols(word.symbols, pair, symbol);
      this.#addPairs(index, 1);
      for (const [left, right] of neighbours(word.symbols)) {
        if (left === symbol || right === symbol) created.add(keyOf(left, right));
      }
    }
    this.#places.delete(key);
    return created;
  }

  #addPairs(index: number, sign: 1 | -1): void {
    const word = this.#words[index];
    if (word === undefined) return;
    for (const pair of neighbours(word.symbols)) {
      const key = keyOf(...pair);
      this.counts.set(key, this.countOf(key) + sign * word.count);
      const places = this.#places.get(key);
      if (places === undefined) this.#places.set(key, new Set([index]));
      else places.add(index);
    }
  }
}

function keyOf(left: number, right: number): number {
  return left * KEY_BASE + right;
}

function neighbours(symbols: readonly number[]): Merge[] {
  return symbols.slice(1).map((right, index) => [symbols[index] as number, right]);
}

function joinSymbols(symbols: readonly number[], [left, right]: Merge, joined: number): number[] {
  const result: number[] = [];
  for (let i = 0; i < symbols.length; i++) {
    const symbol = symbols[i] as number;
    if (symbol === left && symbols[i + 1] === right) {
      result.push(joined);
      i++;
    } else {
      result.push(symbol);
    }
  }
  return result;
}
