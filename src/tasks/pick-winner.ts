import type { Entry } from "./contest.ts";

/**
 * The best entry by cross-validation or, without, on the test part; of equal ones the one with the smaller adapter, then the one asked
 * for first. Never by time, which differs from run to run.
 */
export function pickWinner(entries: readonly Entry[]): Entry | undefined {
  const accuracyOf = ({ result }: Entry) => (result.crossValidation ?? result.test)?.accuracy ?? -1;
  const [best] = entries
    .filter(({ adapter }) => adapter !== undefined)
    .sort((a, b) => accuracyOf(b) - accuracyOf(a) || (a.result.bytes ?? 0) - (b.result.bytes ?? 0));
  return best;
}
