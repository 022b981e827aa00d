import type { ResultRow } from "../result-row.ts";
import { type CellComparison, type Contender, compareOverCells } from "./compare-over-cells.ts";
import { formatPoints, MISSING } from "./format-numbers.ts";
import type { TableBlock, TableRow } from "./report-document.ts";

/** One line of a comparison table. */
export interface ComparisonLine {
  readonly name: string;
  /** Column of words beside the name: shots, or what was measured. */
  readonly over: string;
  readonly rows: readonly ResultRow[];
  readonly metric: string;
  readonly first: Contender;
  readonly second: Contender;
}

/**
 * Paired differences with their intervals; lines without a pair of cells are left out.
 *
 * @returns nothing where no line is left
 */
export function comparisonTable({
  caption,
  over,
  lines,
}: {
  readonly caption: string;
  readonly over: string;
  readonly lines: readonly ComparisonLine[];
}): readonly TableBlock[] {
  const found = lines.flatMap((line) => {
    const comparison = compareOverCells(line);
    return comparison.cells === 0 ? [] : [{ line, comparison }];
  });
  if (found.length === 0) return [];
  const rows = found.map(({ line, comparison }): TableRow => {
    const texts = [line.over, ...comparisonCells(comparison)];
    return { name: line.name, cells: texts.map((text) => ({ text })) };
  });
  const columns = ["pair", over, "difference", "95 % interval", "over", "cells", "better/equal/worse"];
  return [{ kind: "table", caption, columns, rows }];
}

/** Cells of a comparison: difference in points, interval, units, cells, and wins, ties and losses. */
export function comparisonCells(comparison: CellComparison): readonly string[] {
  const { difference, lower, upper, unit, units, cells, wins, ties, losses } = comparison;
  const interval = Number.isNaN(lower) ? MISSING : `${formatPoints(lower)} to ${formatPoints(upper)}`;
  const counted = units === 1 ? `1 ${unit.slice(0, -1)}` : `${units} ${unit}`;
  return [formatPoints(difference), interval, counted, String(cells), `${wins}/${ties}/${losses}`];
}

/** What intervals of paired differences say, for a caption. */
export const COMPARISON_NOTE =
  "Differences in points over the cells that both have, with the 95 % interval of Student's t: over data sets, as cells of one " +
  "data set are not independent; over seeds where there is one data set. Not corrected for the number of comparisons.";
