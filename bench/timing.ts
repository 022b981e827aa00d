/** The middle of some numbers; the mean of the two middle ones where their count is even. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Times of some actions, in milliseconds: one entry for each round. */
export type Timings<Name extends string> = Readonly<Record<Name, readonly number[]>>;

/**
 * Times actions in turns, so that whatever else the machine does meets all of them alike. Each runs once before, uncounted.
 *
 * @param rounds how often each is timed
 */
export async function timeInTurns<Name extends string>(
  actions: Readonly<Record<Name, () => Promise<unknown>>>,
  rounds: number,
): Promise<Timings<Name>> {
  const names = Object.keys(actions) as Name[];
  const timings = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (const name of names) await actions[name]();
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      const start = performance.now();
      await actions[name]();
      timings[name].push(performance.now() - start);
    }
  }
  return timings;
}

/** Median over rounds of the ratio of two actions' times: a slow round slows both. */
export function medianRatio(numerators: readonly number[], denominators: readonly number[]): number {
  return median(numerators.map((time, round) => time / (denominators[round] ?? Number.NaN)));
}

/** An action that does another one several times in a row. */
export function repeat(action: () => Promise<unknown>, count: number): () => Promise<void> {
  return async () => {
    for (let i = 0; i < count; i++) await action();
  };
}
