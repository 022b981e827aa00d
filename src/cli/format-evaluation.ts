import { type Evaluation, mostConfused } from "../training/metrics.ts";
import { percent } from "../training/percent.ts";

/** Confused pairs that are listed. */
const LISTED_PAIRS = 5;

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
  const width = Math.max(...classNames.map((name) => name.length), "accuracy".length);
  const row = (name: string, values: readonly string[]) =>
    `${name.padEnd(width)}${values.map((value, index) => value.padStart(Math.max(10, (columns[index]?.name.length ?? 0) + 2))).join("")}`;
  const lines = [
    row(
      "",
      columns.map(({ name }) => name),
    ),
    row(
      "accuracy",
      columns.map(({ evaluation }) => percent(evaluation.accuracy)),
    ),
    "",
    ...classNames.map((name, label) =>
      row(
        name,
        columns.map(({ evaluation }) => percent(evaluation.perClass[label]?.accuracy ?? Number.NaN)),
      ),
    ),
  ];
  const pairs = mostConfused(main.evaluation, LISTED_PAIRS);
  if (pairs.length > 0) lines.push("", "Most confused:");
  for (const { label, predicted, count } of pairs) {
    const total = main.evaluation.perClass[label]?.total ?? 0;
    lines.push(`  ${classNames[label]} taken for ${classNames[predicted]}: ${count} of ${total}`);
  }
  return `${lines.join("\n")}\n`;
}
