import { buildReport } from "../experiments/report/build-report.ts";
import type { ReportComparison } from "../experiments/report/compare-in-report.ts";
import { COMPARISON_NOTE, comparisonCells } from "../experiments/report/comparison-table.ts";
import type { ReportBlock } from "../experiments/report/report-document.ts";
import type { ResultTable } from "../experiments/result-row.ts";
import { wrapText } from "./wrap-text.ts";

/** What is done and what is to be known of it, and the first table of each part of a report, as columns of text; captions are as wide as the terminal. */
export function formatReportSummary(table: ResultTable, columns: number): string {
  const blocks = buildReport(table);
  const end = blocks.findIndex((block) => block.kind === "heading" && block.level === 2);
  const status = blocks
    .slice(0, end)
    .flatMap((block) => (block.kind === "paragraph" ? [`${wrapText(block.text, { columns })}\n`] : []));
  const parts = blocks.flatMap((block, index) => {
    if (block.kind !== "heading" || block.level !== 2) return [];
    const first = firstTable(blocks.slice(index + 1));
    // The last part says how numbers are computed.
    if (first === undefined || first.isText) return [];
    const lines = first.rows.map(({ name, cells, isAside }) => [
      isAside ? `  ${name}` : name,
      ...cells.map(({ text }) => text),
    ]);
    return [
      `\n${block.text}\n${wrapText(first.caption, { columns })}\n\n${alignColumns([first.columns, ...lines])}`,
    ];
  });
  return `${status.join("")}${parts.join("")}`;
}

/**
 * Comparisons of two methods as columns of text.
 *
 * @param pair names of the methods, also where there is nothing to compare them by
 */
export function formatComparisons(
  comparisons: readonly ReportComparison[],
  { pair, columns }: { readonly pair: readonly [string, string]; readonly columns: number },
): string {
  if (comparisons.length === 0) {
    const text =
      `There is no cell that both ${pair[0]} and ${pair[1]} have: done on the same data set, with the same shots, seed, model ` +
      "and variant.";
    return `\n${wrapText(text, { columns })}\n`;
  }
  const lines = comparisons.map(({ experiment, model, shots, label, comparison }) => [
    pair.join(" - "),
    experiment,
    model,
    String(shots),
    label,
    ...comparisonCells(comparison),
  ]);
  const head = [
    "pair",
    "experiment",
    "model",
    "shots",
    "on",
    "difference",
    "95 % interval",
    "over",
    "cells",
    "better/equal/worse",
  ];
  return `\n${wrapText(COMPARISON_NOTE, { columns })}\n\n${alignColumns([head, ...lines])}`;
}

function firstTable(blocks: readonly ReportBlock[]) {
  const end = blocks.findIndex((block) => block.kind === "heading");
  return blocks.slice(0, end < 0 ? blocks.length : end).find((block) => block.kind === "table");
}

/** Names to the left, all else to the right. */
function alignColumns(lines: readonly (readonly string[])[]): string {
  const widths =
    lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  const texts = lines.map((line) =>
    line.map((text, column) =>
      column === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[column] ?? 0),
    ),
  );
  return texts.map((line) => `${line.join("  ").trimEnd()}\n`).join("");
}
