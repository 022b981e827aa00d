import type { ResultRow } from "../../result-row.ts";
import { shotsPhrase } from "../../shots-phrase.ts";
import { barFigure } from "../bar-figure.ts";
import { COMPARISON_NOTE, comparisonTable } from "../comparison-table.ts";
import { variantStyle } from "../method-style.ts";
import type { ReportBlock } from "../report-document.ts";
import { type SummaryColumn, type SummaryLine, summaryTable } from "../summary-table.ts";
import { averagePhrase, eachDataset, shotsOf } from "./section-input.ts";

/** One of two variants that are compared. */
export interface VariantLine {
  readonly variant: string;
  /** Its name in tables. */
  readonly name: string;
  /** Accuracy in print by shots, in percent, where ours may stand beside it. */
  readonly published?: Readonly<Record<number, number>> | undefined;
}

/**
 * Variants of one method by shots: a table of the average and of each data set, bars, and the paired difference of the second
 * variant to the first.
 *
 * @param rows of one method and model
 * @param name what is compared, for captions
 */
export function variantsByShots({
  rows,
  datasets,
  variants,
  name,
  figure,
}: {
  readonly rows: readonly ResultRow[];
  readonly datasets: readonly string[];
  readonly variants: readonly [VariantLine, VariantLine];
  readonly name: string;
  readonly figure: string;
}): readonly ReportBlock[] {
  const [first, second] = variants;
  const shots = shotsOf(rows);
  const columns = (over: readonly string[]) =>
    shots.map((count) => ({
      label: String(count),
      title: shotsPhrase(count),
      metric: "accuracy",
      datasets: over,
      has: (row: ResultRow) => row.shots === count,
    }));
  const lines = variants.map(({ variant, name: title, published }, place) => ({
    name: title,
    rows: rows.filter((row) => row.variant === variant),
    style: variantStyle(1 - place),
    ...(published !== undefined && { published: ({ label }: SummaryColumn) => published[Number(label)] }),
  }));
  const plain = lines.map(({ published: _, ...line }): SummaryLine => line);
  const caption = (over: readonly string[]) => `${name}: test accuracy in % by shots, ${averagePhrase(over)}`;
  const pair = {
    name: `${second.name} − ${first.name}`,
    metric: "accuracy",
    first: { method: rows[0]?.method ?? "", variant: second.variant },
    second: { method: rows[0]?.method ?? "", variant: first.variant },
  };
  return [
    summaryTable({ caption: caption(datasets), first: "variant", columns: columns(datasets), lines }),
    ...barFigure({ name: figure, caption: `${caption(datasets)}.`, columns: columns(datasets), lines }),
    ...comparisonTable({
      caption: `${name}. ${COMPARISON_NOTE}`,
      over: "shots",
      lines: [
        { ...pair, over: "all", rows },
        ...shots.map((count) => ({
          ...pair,
          over: String(count),
          rows: rows.filter((row) => row.shots === count),
        })),
      ].slice(shots.length === 1 ? 1 : 0),
    }),
    ...eachDataset(datasets, (dataset) =>
      summaryTable({
        caption: caption([dataset]),
        first: "variant",
        columns: columns([dataset]),
        lines: plain,
      }),
    ),
  ];
}
