import type { ResultRow } from "../result-row.ts";
import { mean, sampleDeviation } from "./statistics.ts";

/** A metric of one setting on one data set, over its seeds. */
export interface SeedSummary {
  /** Mean over the seeds that are done; NaN where none is. */
  readonly mean: number;
  /** Sample standard deviation (n - 1) over these seeds; NaN of fewer than two. */
  readonly deviation: number;
  /** n: seeds that are done and have the metric. */
  readonly count: number;
  /** Seeds that were asked for, done or not; 0 where the setting was not asked for at all. */
  readonly expected: number;
}

/** A metric of one setting, averaged over data sets. */
export interface AverageSummary extends SeedSummary {
  /**
   * Mean over the data sets of their means over seeds. `deviation` is that of the averages of each seed, and `count` the number
   * of these: seeds that all data sets of this average have.
   */
  readonly mean: number;
  /** Data sets that the average is over. */
  readonly datasets: number;
  /** Data sets that it should be over. */
  readonly expectedDatasets: number;
}

/**
 * Summarises a metric of one setting over seeds.
 *
 * @param rows of one setting and data set, a row a seed
 */
export function summarizeSeeds(rows: readonly ResultRow[], metric: string): SeedSummary {
  const values = rows.flatMap((row) => metricOf(row, metric) ?? []);
  return {
    mean: mean(values),
    deviation: sampleDeviation(values),
    count: values.length,
    expected: new Set(rows.map(({ seed }) => seed)).size,
  };
}

/**
 * Averages a metric of one setting over data sets: those of the list that have a seed that is done.
 *
 * @param rows of one setting, a row a data set and seed
 * @param datasets that the average should be over
 */
export function summarizeDatasets(
  rows: readonly ResultRow[],
  metric: string,
  datasets: readonly string[],
): AverageSummary {
  const asked = rows.filter(({ dataset }) => datasets.includes(dataset));
  const present = datasets.flatMap((dataset) => {
    const own = asked.filter((row) => row.dataset === dataset);
    const values = new Map(
      own.flatMap((row) => {
        const value = metricOf(row, metric);
        return value === undefined ? [] : [[row.seed, value] as const];
      }),
    );
    return values.size === 0 ? [] : [values];
  });
  const seeds = [...new Set(asked.map(({ seed }) => seed))].sort((a, b) => a - b);
  const complete = seeds.filter((seed) => present.length > 0 && present.every((values) => values.has(seed)));
  const averages = complete.map((seed) => mean(present.map((values) => values.get(seed) ?? Number.NaN)));
  return {
    mean: mean(present.map((values) => mean([...values.values()]))),
    deviation: sampleDeviation(averages),
    count: averages.length,
    expected: seeds.length,
    datasets: present.length,
    expectedDatasets: datasets.length,
  };
}

/** A row's metric; `undefined` unless the row is done and has it. */
export function metricOf({ state, metrics }: ResultRow, metric: string): number | undefined {
  if (state !== "done") return undefined;
  const value = Object.hasOwn(metrics, metric) ? metrics[metric] : undefined;
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}
