import type { ResultRow } from "../result-row.ts";
import { formatPublished, formatSigned, formatSummary } from "./format-numbers.ts";
import type { TableBlock, TableCell, TableRow } from "./report-document.ts";
import { type AverageSummary, summarizeDatasets } from "./summarize.ts";

/** What a column of a table is of. */
export interface SummaryColumn {
  readonly label: string;
  readonly metric: string;
  /** Data sets that are averaged; one for a data set by itself. */
  readonly datasets: readonly string[];
  /** Which of a line's rows; all if not given. */
  readonly has?: (row: ResultRow) => boolean;
  /** Whether the metric is a difference and has its sign. */
  readonly isDifference?: boolean;
}

/** What a row of a table is of: one method or variant. */
export interface SummaryLine {
  readonly name: string;
  readonly rows: readonly ResultRow[];
  /** Number in print for a column, in percent; asked for only where ours is over all data sets of the column. */
  readonly published?: (column: SummaryColumn) => number | undefined;
}

/** Summary of a line in a column. */
export function summaryOf({ rows }: SummaryLine, column: SummaryColumn): AverageSummary {
  const { has = () => true, metric, datasets } = column;
  return summarizeDatasets(rows.filter(has), metric, datasets);
}

/** Whether a line has no seeds: zero-shot alone, which is the same for all. */
export function isOnce({ rows }: SummaryLine): boolean {
  return rows.every(({ method }) => method === "zero-shot");
}

/**
 * A table of means and deviations, with published numbers and differences below the lines that have them.
 *
 * @param caption what the table shows; units and n are added
 * @param first heading of the first column
 */
export function summaryTable({
  caption,
  first,
  columns,
  lines,
}: {
  readonly caption: string;
  readonly first: string;
  readonly columns: readonly SummaryColumn[];
  readonly lines: readonly SummaryLine[];
}): TableBlock {
  const summaries = lines.map((line) => columns.map((column) => summaryOf(line, column)));
  const seeded = summaries.flatMap((row, index) => {
    const line = lines[index];
    return line === undefined || isOnce(line) ? [] : row;
  });
  const usualSeeds = Math.max(0, ...seeded.map(({ expected }) => expected));
  const best = columns.map((_, index) => bestMean(summaries.map((row) => row[index])));
  const rows = lines.flatMap((line, index): TableRow[] => {
    const own = summaries[index] ?? [];
    const cells = columns.map((column, place): TableCell => {
      const summary = own[place] as AverageSummary;
      const text = formatSummary(summary, {
        isDifference: column.isDifference === true,
        isOnce: isOnce(line),
        usualSeeds: summary.expected === 0 ? 0 : usualSeeds,
      });
      return isComplete(summary) && summary.mean === best[place] ? { text, isBest: true } : { text };
    });
    return [{ name: line.name, cells }, ...publishedRows(line, columns, own)];
  });
  const isCompared = rows.some(({ isAside }) => isAside);
  const note = [
    ...(best.some((value) => !Number.isNaN(value)) ? ["Bold: the highest mean of a column."] : []),
    ...(isCompared ? ["Published: the number in print, and ours less it in points."] : []),
  ].join(" ");
  return {
    kind: "table",
    caption: `${caption}${seedPhrase(usualSeeds)}.`,
    ...(note !== "" && { note }),
    columns: [first, ...columns.map(({ label }) => label)],
    rows,
  };
}

function seedPhrase(seeds: number): string {
  if (seeds === 0) return "";
  return seeds === 1 ? ", one seed" : `, mean ± sample standard deviation over n = ${seeds} seeds`;
}

function isComplete({ datasets, expectedDatasets }: AverageSummary): boolean {
  return datasets === expectedDatasets && datasets > 0;
}

/** The highest mean among those over all data sets; NaN where there are not two to choose from. */
function bestMean(summaries: readonly (AverageSummary | undefined)[]): number {
  const means = summaries.flatMap((summary) => (summary && isComplete(summary) ? [summary.mean] : []));
  return means.length < 2 ? Number.NaN : Math.max(...means);
}

function publishedRows(
  { published }: SummaryLine,
  columns: readonly SummaryColumn[],
  own: readonly AverageSummary[],
): readonly TableRow[] {
  if (published === undefined) return [];
  const numbers = columns.map((column, index) =>
    isComplete(own[index] as AverageSummary) ? published(column) : undefined,
  );
  if (numbers.every((number) => number === undefined)) return [];
  const format = ({ isDifference }: SummaryColumn, number: number | undefined) =>
    isDifference && number !== undefined ? formatSigned(number) : formatPublished(number);
  return [
    {
      name: "published",
      cells: columns.map((column, index) => ({ text: format(column, numbers[index]) })),
      isAside: true,
    },
    {
      name: "difference",
      cells: numbers.map((number, index) => ({
        text: number === undefined ? "" : formatSigned(100 * (own[index]?.mean ?? Number.NaN) - number),
      })),
      isAside: true,
    },
  ];
}
