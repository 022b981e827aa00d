/** One comparison of a case: how far it is off, and how far it may be. */
export interface Comparison {
  /** What is compared, such as `losses`. */
  readonly part: string;
  /** Worst deviation found; not a number where a value is not one. */
  readonly deviation: number;
  readonly tolerance: number;
}

/** Something of a case that could not be compared. */
export interface Failure {
  readonly part: string;
  /** Why, such as a file that is missing or damaged. */
  readonly reason: string;
}

/** One line of a case's report. */
export type Check = Comparison | Failure;

/** What running one case gave. */
export interface CaseResult {
  readonly checks: readonly Check[];
  /** Findings that help to judge a miss. */
  readonly notes?: readonly string[];
}

/** Whether a check could not be made at all. */
export function isFailure(check: Check): check is Failure {
  return "reason" in check;
}

/** Whether a check holds; a deviation that is not a number never does. */
export function isMet(check: Check): boolean {
  return !isFailure(check) && check.deviation <= check.tolerance;
}

/**
 * The comparison with the largest deviation for its tolerance, to stand for all of them.
 *
 * @param comparisons at least one
 * @param part name of the result; the worst one's own name follows it
 */
export function worstOf(part: string, comparisons: readonly Comparison[]): Comparison {
  const share = ({ deviation, tolerance }: Comparison) =>
    Number.isNaN(deviation) ? Number.POSITIVE_INFINITY : deviation / tolerance;
  const worst = comparisons.reduce((a, b) => (share(b) > share(a) ? b : a));
  return { ...worst, part: `${part} (worst: ${worst.part})` };
}

/** An error as the reason of a miss. */
export function failure(part: string, error: unknown): Failure {
  const reason = error instanceof Error ? error.message : String(error);
  return { part, reason: reason.replaceAll("\n", " ") };
}
