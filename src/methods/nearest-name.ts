import { closest, distance } from "fastest-levenshtein";

/**
 * The known name that a mistyped one probably means: the one with the fewest edits, at most a third of its letters.
 *
 * @returns `undefined` where none is near
 */
export function nearestName(typed: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const best = closest(typed.toLowerCase(), [...known]);
  return distance(typed.toLowerCase(), best.toLowerCase()) <= Math.ceil(best.length / 3) ? best : undefined;
}
