import { formatPoints, formatShare } from "./format-numbers.ts";
import type { MethodStyle } from "./method-style.ts";
import type { Bar, BarPanel, FigureBlock } from "./report-document.ts";
import { type SummaryColumn, type SummaryLine, summaryOf } from "./summary-table.ts";

/** A line of a table as bars are drawn of it. */
export interface StyledLine extends SummaryLine {
  readonly style: MethodStyle;
}

/**
 * Bars of a table's means: a panel for each column, a bar for each line, whiskers of one sample standard deviation.
 *
 * @returns nothing where there is no mean
 */
export function barFigure({
  name,
  caption,
  columns,
  lines,
}: {
  readonly name: string;
  readonly caption: string;
  readonly columns: readonly (SummaryColumn & { readonly title: string })[];
  readonly lines: readonly StyledLine[];
}): readonly FigureBlock[] {
  const panels = columns
    .map((column): BarPanel => {
      const bars = lines.flatMap((line) => barOf(line, column));
      return { kind: "bars", title: column.title, unit: column.isDifference === true ? "points" : "%", bars };
    })
    .filter(({ bars }) => bars.length > 0);
  if (panels.length === 0) return [];
  const note = "Whiskers are ± one sample standard deviation over seeds.";
  return [
    {
      kind: "figure",
      name,
      caption: `${caption} ${note}`,
      panels,
      // Four are a square.
      columns: panels.length === 4 ? 2 : Math.min(3, panels.length),
      legend: [],
    },
  ];
}

function barOf(line: StyledLine, column: SummaryColumn): readonly Bar[] {
  const { mean, deviation, datasets, expectedDatasets } = summaryOf(line, column);
  if (Number.isNaN(mean)) return [];
  const value = column.isDifference === true ? formatPoints(mean) : formatShare(mean);
  // Averages of fewer data sets are of something else, and say so.
  const note = datasets < expectedDatasets ? ` (${datasets} of ${expectedDatasets} sets)` : "";
  return [
    {
      title: line.name,
      style: line.style,
      value: 100 * mean,
      lower: 100 * (mean - deviation),
      upper: 100 * (mean + deviation),
      text: `${value}${note}`,
    },
  ];
}
