import { type Evaluation, mostConfused } from "../training/metrics.ts";
import { percent, percentRange } from "../training/percent.ts";

/** Confused pairs that are listed. */
const LISTED_PAIRS = 5;
/** Spaces between two columns, at least. */
const COLUMN_GAP = 3;

/** An evaluation under the name that a table's column bears. */
export interface NamedEvaluation {
  readonly name: string;
  readonly evaluation: Evaluation;
}

/**
 * Accuracy, accuracy of each class, and the most confused pairs as text.
 *
 * @param main what it is about; its pairs are listed
 * @param beside what it is compared with
 */
export function formatEvaluation(
  classNames: readonly string[],
  main: NamedEvaluation,
  beside?: NamedEvaluation,
): string {
  const columns = [main, ...(beside ? [beside] : [])];
  const evaluations = columns.map(({ evaluation }) => evaluation);
  const rows = [
    ["", ...columns.map(({ name }) => name)],
    ["accuracy", ...evaluations.map(({ accuracy }) => percent(accuracy))],
    ["95 % interval", ...evaluations.map(({ interval }) => percentRange(interval))],
    [],
    ...classNames.map((name, label) => [
      name,
      ...evaluations.map(({ perClass }) => percent(perClass[label]?.accuracy ?? Number.NaN)),
    ]),
  ];
  return `${[...alignColumns(rows), ...listConfused(classNames, main.evaluation)].join("\n")}\n`;
}

/** The first column to the left, the others to the right. */
function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, { length }] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, length);
  }
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column === 0 ? cell.padEnd(width) : cell.padStart(width + COLUMN_GAP);
      })
      .join(""),
  );
}

function listConfused(classNames: readonly string[], evaluation: Evaluation): string[] {
  const pairs = mostConfused(evaluation, LISTED_PAIRS);
  if (pairs.length === 0) return [];
  return [
    "",
    "Most confused:",
    ...pairs.map(({ label, predicted, count }) => {
      const total = evaluation.perClass[label]?.total ?? 0;
      return `  ${classNames[label]} taken for ${classNames[predicted]}: ${count} of ${total}`;
    }),
  ];
}
