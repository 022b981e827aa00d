import type { ResultRow } from "../../result-row.ts";
import { COMPARISON_NOTE, comparisonTable } from "../comparison-table.ts";
import { methodTitle } from "../method-title.ts";
import type { TableBlock } from "../report-document.ts";
import { atShots, methodsOf, shotsOf } from "./section-input.ts";

const LAMM = "lamm";
const ACCURACY = { metric: "accuracy", label: "accuracy" } as const;

/** What two methods are compared by: a metric over some rows. */
export interface Compared {
  /** Pictures of each class to learn from; `all` where cells of several are taken together. */
  readonly shots: number | "all";
  readonly metric: string;
  /** The metric in words, as the section's tables head it. */
  readonly label: string;
  /** Prepared as the section's are. */
  readonly rows: readonly ResultRow[];
}

/** Accuracy at each number of shots. */
export function accuracyAtShots(rows: readonly ResultRow[]): readonly Compared[] {
  return shotsOf(rows).map((shots) => ({ shots, ...ACCURACY, rows: atShots(rows, shots) }));
}

/** Accuracy over all shots, where there are several, and at each number of them. */
export function accuracyByShots(rows: readonly ResultRow[]): readonly Compared[] {
  const each = accuracyAtShots(rows);
  return each.length > 1 ? [{ shots: "all", ...ACCURACY, rows }, ...each] : each;
}

/**
 * Each method against LAMM, as a table.
 *
 * @param name what the table is of, for its caption
 * @param heading of the column that tells what a line is over, and its text
 */
export function againstLamm(
  compared: readonly Compared[],
  {
    name,
    heading,
    textOf,
  }: {
    readonly name: string;
    readonly heading: string;
    readonly textOf: (compared: Compared) => string;
  },
): readonly TableBlock[] {
  const others = methodsOf(compared.flatMap(({ rows }) => rows)).filter((method) => method !== LAMM);
  return comparisonTable({
    caption: `${name}. ${COMPARISON_NOTE}`,
    over: heading,
    lines: others.flatMap((method) =>
      compared.map((each) => ({
        name: `${methodTitle(method)} − LAMM`,
        over: textOf(each),
        rows: each.rows,
        metric: each.metric,
        first: { method },
        second: { method: LAMM },
      })),
    ),
  });
}
