import { percent } from "../training/percent.ts";
import type { DemoResult } from "./demo-result.ts";

/** A demo's result as text for a terminal. */
export function formatDemo(result: DemoResult): string {
  const { zeroShot, curve, worst, newClass, classNames, testPictures } = result;
  const seeds = curve[0]?.accuracies.length ?? 0;
  const header = ["", "accuracy", ...Array.from({ length: seeds }, (_, index) => `draw ${index + 1}`)];
  const rows = curve.map(({ shots, mean, accuracies }) => [
    `LAMM, ${shots} ${shots === 1 ? "shot" : "shots"}`,
    percent(mean),
    ...accuracies.map(percent),
  ]);
  return [
    `${classNames.length} classes, ${testPictures} test pictures, ${result.model}\n\n`,
    alignRows([header, ["names alone (zero-shot)", percent(zeroShot.accuracy)], ...rows]),
    worst === undefined
      ? ""
      : `\nWorst confusion: "${classNames[worst.label]}" taken for "${classNames[worst.predicted]}" in ` +
        `${worst.count} of ${worst.total} pictures by names alone, in ${worst.after} after training.\n`,
    `\nThen "${newClass.name}" joins a classifier that was trained without it:\n`,
    alignRows([
      ["  old classes before", percent(newClass.oldBefore)],
      ["  old classes after (features unchanged)", percent(newClass.oldAfter)],
      [`  "${newClass.name}"`, percent(newClass.added)],
      ["  all together", percent(newClass.union)],
    ]),
  ].join("");
}

/** Cells in columns: the first to the left, the others to the right. */
function alignRows(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(...rows.map(({ length }) => length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join("  ")
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join("");
}
