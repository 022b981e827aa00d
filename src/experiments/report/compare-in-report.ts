import { ConfigError } from "../../errors.ts";
import { nearestName } from "../../methods/nearest-name.ts";
import type { ExperimentName, ResultRow, ResultTable } from "../result-row.ts";
import { type CellComparison, compareOverCells } from "./compare-over-cells.ts";
import { accuracyAtShots, accuracyByShots, type Compared } from "./sections/compared.ts";
import { domainCompared, domainParts } from "./sections/domain-parts.ts";
import { incrementalCompared, incrementalParts } from "./sections/incremental-parts.ts";
import { averagePhrase } from "./sections/section-input.ts";
import { compareDatasets, compareMethods, distinct, sortRows } from "./sort-rows.ts";

/** Two methods over the cells of one experiment and model that both have, by one metric. */
export interface ReportComparison extends Pick<Compared, "shots" | "metric" | "label"> {
  readonly experiment: ExperimentName;
  readonly model: string;
  readonly first: string;
  readonly second: string;
  readonly comparison: CellComparison;
}

/** What methods are compared by in each experiment, of rows of one model: the same as its section of a report has. */
const comparedBy: Readonly<Record<ExperimentName, (rows: readonly ResultRow[]) => readonly Compared[]>> = {
  "few-shot": accuracyByShots,
  domain: domainBySources,
  incremental: (rows) => incrementalParts(rows).flatMap(incrementalCompared),
  "ablation-loss": accuracyByShots,
  "ablation-init": accuracyByShots,
  "ablation-backbone": accuracyAtShots,
};

/**
 * Compares two methods by each metric of each experiment and model of a table, as a report compares each method with LAMM; metrics
 * without a cell that both have are left out.
 *
 * @throws {ConfigError} if the table has no rows of one of them
 */
export function compareInReport(
  { rows: unsorted }: ResultTable,
  { first, second }: { readonly first: string; readonly second: string },
): readonly ReportComparison[] {
  const rows = sortRows(unsorted);
  checkMethods(rows, [first, second]);
  const groups = Map.groupBy(rows, ({ experiment, model }) => JSON.stringify([experiment, model]));
  return [...groups.values()].flatMap((group) => {
    const { experiment, model } = group[0] as ResultRow;
    return comparedBy[experiment](group).flatMap(({ rows: compared, ...what }) => {
      const sides = { first: { method: first }, second: { method: second } };
      const comparison = compareOverCells({ rows: compared, metric: what.metric, ...sides });
      return comparison.cells === 0 ? [] : [{ experiment, model, ...what, first, second, comparison }];
    });
  });
}

function checkMethods(rows: readonly ResultRow[], asked: readonly string[]): void {
  const known = distinct(
    rows.map(({ method }) => method),
    compareMethods,
  );
  for (const method of asked) {
    if (known.includes(method)) continue;
    const nearest = nearestName(method, known);
    throw new ConfigError({
      where: "--compare",
      expected: `methods of these results: ${known.join(", ")}`,
      got: method,
      ...(nearest !== undefined && { fix: `Did you mean "${nearest}"?` }),
    });
  }
}

/** Where sources differ in their targets, labels say which they are of. */
function domainBySources(rows: readonly ResultRow[]): readonly Compared[] {
  const datasets = distinct(
    rows.map(({ dataset }) => dataset),
    compareDatasets,
  );
  const parts = domainParts(rows, datasets);
  const isOneGroup = new Set(parts.map(({ sources }) => sources.join())).size === 1;
  return parts.flatMap((part) => {
    const from = averagePhrase(part.sources);
    return domainCompared(part).map((each) =>
      isOneGroup || each.label === from ? each : { ...each, label: `${each.label}, ${from}` },
    );
  });
}
