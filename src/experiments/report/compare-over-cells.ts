import type { ResultRow } from "../result-row.ts";
import { cellKey, compareDatasets, distinct } from "./sort-rows.ts";
import { mean, sampleDeviation } from "./statistics.ts";
import { studentQuantile } from "./student-quantile.ts";
import { metricOf } from "./summarize.ts";

/** One side of a comparison. */
export interface Contender {
  readonly method: string;
  /** Of an ablation; if not given, cells of one variant are compared with those of the same. */
  readonly variant?: string;
}

/** Two methods on the cells that both have. */
export interface CellComparison {
  /** Mean over the units of the first less the second, in [-1, 1]; NaN without cells. */
  readonly difference: number;
  /** Ends of the 95 % interval of the difference; NaN with fewer than two units. */
  readonly lower: number;
  readonly upper: number;
  /** What counts as independent: data sets, or the seeds where there is one data set. */
  readonly unit: "data sets" | "seeds";
  readonly units: number;
  /** Pairs of cells, and in how many the first was better, equal, worse. */
  readonly cells: number;
  readonly wins: number;
  readonly ties: number;
  readonly losses: number;
}

/** Equal accuracies on the same pictures differ by rounding at most. */
const TIE = 1e-12;

/**
 * Compares two methods over the cells that both have: same data set, shots, seed, model and variant. Zero-shot has one cell for
 * all shots and seeds, which is compared with each of the other's.
 *
 * Cells of one data set are not independent: they share its pictures. The interval is Student's t over the mean differences of
 * the data sets, so it is about other data sets like these; with one data set it is over the mean differences of the seeds, and
 * about other draws of its shots.
 *
 * @param rows of one experiment; those that are not done are left out
 * @param metric that is compared
 */
export function compareOverCells({
  rows,
  metric,
  first,
  second,
}: {
  readonly rows: readonly ResultRow[];
  readonly metric: string;
  readonly first: Contender;
  readonly second: Contender;
}): CellComparison {
  const pairs = pairCells(rows, metric, first, second);
  const datasets = distinct(
    pairs.map(({ dataset }) => dataset),
    compareDatasets,
  );
  const unit = datasets.length === 1 ? "seeds" : "data sets";
  const unitOf = (pair: Pair) => (unit === "seeds" ? String(pair.seed) : pair.dataset);
  const units = distinct(pairs.map(unitOf), compareDatasets);
  const differences = units.map((name) =>
    mean(pairs.filter((pair) => unitOf(pair) === name).map(({ difference }) => difference)),
  );
  return {
    ...interval(differences),
    unit,
    units: units.length,
    cells: pairs.length,
    wins: pairs.filter(({ difference }) => difference > TIE).length,
    ties: pairs.filter(({ difference }) => Math.abs(difference) <= TIE).length,
    losses: pairs.filter(({ difference }) => difference < -TIE).length,
  };
}

interface Pair {
  readonly dataset: string;
  readonly seed: number;
  readonly difference: number;
}

function pairCells(
  rows: readonly ResultRow[],
  metric: string,
  first: Contender,
  second: Contender,
): readonly Pair[] {
  const isOf = ({ method, variant }: Contender, row: ResultRow) =>
    row.method === method && (variant === undefined || row.variant === variant);
  const isOnce = first.method === "zero-shot" || second.method === "zero-shot";
  const isFixed = first.variant !== undefined || second.variant !== undefined;
  // What both have in common; what a side fixes, or has once for all, is no part of it.
  const keyOf = (row: ResultRow) =>
    cellKey({
      ...row,
      method: "",
      ...((isFixed || isOnce) && { variant: "" }),
      ...(isOnce && { shots: 0, seed: 0 }),
    });
  const others = Map.groupBy(
    rows.filter((row) => isOf(second, row)),
    keyOf,
  );
  return rows
    .filter((row) => isOf(first, row))
    .flatMap((row) =>
      (others.get(keyOf(row)) ?? []).flatMap((other) => {
        const [a, b] = [metricOf(row, metric), metricOf(other, metric)];
        if (a === undefined || b === undefined) return [];
        const seed = first.method === "zero-shot" ? other.seed : row.seed;
        return [{ dataset: row.dataset, seed, difference: a - b }];
      }),
    );
}

function interval(differences: readonly number[]): {
  readonly difference: number;
  readonly lower: number;
  readonly upper: number;
} {
  const count = differences.length;
  const difference = mean(differences);
  if (count < 2) return { difference, lower: Number.NaN, upper: Number.NaN };
  const error = sampleDeviation(differences) / Math.sqrt(count);
  const half = studentQuantile({ probability: 0.975, df: count - 1 }) * error;
  return { difference, lower: difference - half, upper: difference + half };
}
