import { ConfigError } from "../../errors.ts";
import { nearestName } from "../../methods/nearest-name.ts";
import type { ExperimentName, ResultRow, ResultTable } from "../result-row.ts";
import { type CellComparison, compareOverCells } from "./compare-over-cells.ts";
import { compareMethods, distinct, sortRows } from "./sort-rows.ts";

/** Two methods over the cells of one experiment and model that both have, by one metric. */
export interface ReportComparison {
  readonly experiment: ExperimentName;
  readonly model: string;
  readonly metric: string;
  readonly first: string;
  readonly second: string;
  readonly comparison: CellComparison;
}

/**
 * Compares two methods by each metric of each experiment and model of a table.
 *
 * @throws {ConfigError} if the table has no rows of one of them
 */
export function compareInReport(
  { rows: unsorted }: ResultTable,
  { first, second }: { readonly first: string; readonly second: string },
): readonly ReportComparison[] {
  const rows = sortRows(unsorted);
  const known = distinct(
    rows.map(({ method }) => method),
    compareMethods,
  );
  for (const method of [first, second]) {
    if (known.includes(method)) continue;
    const nearest = nearestName(method, known);
    throw new ConfigError({
      where: "--compare",
      expected: `methods of these results: ${known.join(", ")}`,
      got: method,
      ...(nearest !== undefined && { fix: `Did you mean "${nearest}"?` }),
    });
  }
  const groups = Map.groupBy(rows, ({ experiment, model }) => JSON.stringify([experiment, model]));
  return [...groups.values()].flatMap((group) => {
    const metrics = [...new Set(group.flatMap((row) => Object.keys(row.metrics)))].sort();
    return metrics.flatMap((metric) => {
      const sides = { first: { method: first }, second: { method: second } };
      const comparison = compareOverCells({ rows: group, metric, ...sides });
      const { experiment, model } = group[0] as ResultRow;
      return comparison.cells === 0 ? [] : [{ experiment, model, metric, first, second, comparison }];
    });
  });
}
