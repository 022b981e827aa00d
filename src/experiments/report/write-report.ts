// Node only: writes files.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomically } from "../../tensor/node/atomic-file.ts";
import { storageErrorOf } from "../../tensor/node/storage-error.ts";
import type { ResultTable } from "../result-row.ts";
import { buildReport } from "./build-report.ts";
import { renderHtml } from "./render-html.ts";
import { renderLatex } from "./render-latex.ts";
import { renderMarkdown } from "./render-markdown.ts";
import { resultsCsv, timesCsv } from "./results-csv.ts";
import { resultsJson } from "./results-json.ts";
import { sortRows } from "./sort-rows.ts";

/**
 * Writes a report of an experiment: `report.md`, `report.html`, `report.tex`, `results.csv`, `results.json`, `times.csv`, and its
 * figures as `figures/*.svg`. The same cells give the same bytes, in whatever order they come and however long they took; that
 * is told in `times.csv` alone.
 *
 * @param folder to write to; it is made where it is not there, and other files in it stay
 * @returns paths of the files
 * @throws {DataError} if two rows are of one cell
 * @throws {StorageError} if the folder cannot be written to
 * @example const files = await writeReport("out/report", table);
 */
export async function writeReport(folder: string, table: ResultTable): Promise<readonly string[]> {
  const rows = sortRows(table.rows);
  const blocks = buildReport({ ...table, rows });
  // Drawing loads Plot, which takes a third of a second that no other task should wait for.
  const { drawFigure } = await import("./figures/draw-figure.ts");
  const figures = new Map(
    blocks.flatMap((block) => (block.kind === "figure" ? [[block.name, drawFigure(block)] as const] : [])),
  );
  const files = new Map([
    ["report.md", renderMarkdown(blocks)],
    ["report.html", renderHtml(blocks, figures)],
    ["report.tex", renderLatex(blocks)],
    ["results.csv", resultsCsv(rows)],
    ["results.json", resultsJson({ ...table, rows })],
    ["times.csv", timesCsv(rows)],
    ...[...figures].map(([name, { svg }]) => [join("figures", `${name}.svg`), svg] as const),
  ]);
  try {
    mkdirSync(join(folder, "figures"), { recursive: true });
  } catch (cause) {
    throw storageErrorOf(folder, cause);
  }
  return [...files].map(([name, content]) => {
    const path = join(folder, name);
    writeFileAtomically(path, content);
    return path;
  });
}
