/** A pair of neighbouring symbols, and how often it occurs. */
export interface CountedPair {
  /** Orders pairs that occur equally often: the smaller comes first. */
  readonly key: number;
  readonly count: number;
}

/** A priority queue (binary heap) whose first element is the most frequent pair. */
export class PairQueue {
  readonly #heap: CountedPair[] = [];

  /** Adds a pair; one that is there already stays there too. */
  push(pair: CountedPair): void {
    const heap = this.#heap;
    let place = heap.push(pair) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!this.#swapIfBefore(place, parent)) break;
      place = parent;
    }
  }

  /** Takes the first pair out; `undefined` where the queue is empty. */
  pop(): CountedPair | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    heap[0] = last;
    let place = 0;
    for (;;) {
      const left = 2 * place + 1;
      const right = left + 1;
      const child = right < heap.length && this.#isBefore(right, left) ? right : left;
      if (child >= heap.length || !this.#swapIfBefore(child, place)) return first;
      place = child;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const left = this.#heap[a] as CountedPair;
    const right = this.#heap[b] as CountedPair;
    return left.count > right.count || (left.count === right.count && left.key < right.key);
  }

  #swapIfBefore(child: number, parent: number): boolean {
    if (!this.#isBefore(child, parent)) return false;
    const heap = this.#heap;
    [heap[child], heap[parent]] = [heap[parent] as CountedPair, heap[child] as CountedPair];
    return true;
  }
}
