import { readResultTable } from "../../../src/experiments/result-store.ts";

/** The results of a folder's experiments as text, a line a cell, without what differs from run to run: how long they took. */
export function resultLines(folder: string): string {
  const { rows } = readResultTable(folder);
  return rows.map(({ seconds: _, ...row }) => `${JSON.stringify(row)}\n`).join("");
}
