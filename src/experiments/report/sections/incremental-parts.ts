import type { ResultRow } from "../../result-row.ts";
import { metricOf } from "../summarize.ts";
import type { Compared } from "./compared.ts";
import { atShots, shotsOf } from "./section-input.ts";

const DEGRADATION = "degradation";

/** What is shown of learning classes in two parts, in the order of tables. */
export const incrementalMeasures = [
  { metric: "set1Before", label: "set 1 before", title: "Set 1 before set 2" },
  { metric: "set1After", label: "set 1 after", title: "Set 1 after set 2" },
  { metric: DEGRADATION, label: "degradation", title: "Degradation", isDifference: true },
  { metric: "set2", label: "set 2", title: "Set 2" },
  { metric: "union", label: "union", title: "Union" },
] as const;

/** Rows of one number of shots, with the change of set 1. */
export interface IncrementalPart {
  /** 0 where there is zero-shot alone. */
  readonly shots: number;
  readonly rows: readonly ResultRow[];
}

/** Rows by shots, each with its degradation: the accuracy on set 1 after set 2 was learned less that before. */
export function incrementalParts(rows: readonly ResultRow[]): readonly IncrementalPart[] {
  const known = rows.map(withDegradation);
  const shots = shotsOf(known);
  return (shots.length === 0 ? [0] : shots).map((count) => ({ shots: count, rows: atShots(known, count) }));
}

/** What methods are compared by. */
export function incrementalCompared({ shots, rows }: IncrementalPart): readonly Compared[] {
  return incrementalMeasures.map(({ metric, label }) => ({ shots, metric, label, rows }));
}

function withDegradation(row: ResultRow): ResultRow {
  const [before, after] = [metricOf(row, "set1Before"), metricOf(row, "set1After")];
  if (before === undefined || after === undefined) return row;
  return { ...row, metrics: { ...row.metrics, [DEGRADATION]: after - before } };
}
