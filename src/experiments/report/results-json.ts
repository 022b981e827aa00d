import type { ResultRow, ResultTable } from "../result-row.ts";
import { summarizeSeeds } from "./summarize.ts";

/**
 * Rows and their summaries as JSON: shares in [0, 1], `null` where there is no number.
 *
 * @param table with its rows in order
 */
export function resultsJson({ rows, settings, software }: ResultTable): string {
  const content = {
    settings: sortedKeys(settings),
    software: sortedKeys(software),
    rows: rows.map((row) => ({
      ...pick(row),
      ...(row.error !== undefined && { error: row.error }),
      metrics: sortedKeys(row.metrics),
    })),
    summaries: summaries(rows),
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

/** Fields in one order, whatever order a row has them in. */
function pick({ experiment, dataset, model, method, variant, shots, seed, key, state }: ResultRow) {
  return { experiment, dataset, model, method, variant, shots, seed, key, state };
}

/** Mean, sample deviation, n and the seeds asked for of each setting, data set and metric. */
function summaries(rows: readonly ResultRow[]) {
  const groups = Map.groupBy(rows, ({ experiment, dataset, model, method, variant, shots }) =>
    JSON.stringify([experiment, dataset, model, method, variant, shots]),
  );
  return [...groups.values()].map((group) => {
    const { experiment, dataset, model, method, variant, shots } = group[0] as ResultRow;
    const metrics = [...new Set(group.flatMap((row) => Object.keys(row.metrics)))].sort();
    const found = metrics.map((metric) => [metric, summarizeSeeds(group, metric)] as const);
    return { experiment, dataset, model, method, variant, shots, metrics: Object.fromEntries(found) };
  });
}

function sortedKeys<T>(values: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)));
}
