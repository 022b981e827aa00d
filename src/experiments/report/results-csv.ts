import type { ResultRow } from "../result-row.ts";

const identity = ["experiment", "dataset", "model", "method", "variant", "shots", "seed"] as const;

/**
 * A line for each cell with all that it measured, as shares in [0, 1] with all their digits; a column for each metric, by name.
 *
 * @param rows in the order of the lines
 */
export function resultsCsv(rows: readonly ResultRow[]): string {
  const metrics = [...new Set(rows.flatMap((row) => Object.keys(row.metrics)))].sort();
  return csv(
    [...identity, "state", "key", "error", ...metrics],
    rows.map((row) => [
      ...identity.map((name) => row[name]),
      row.state,
      row.key,
      row.error ?? "",
      ...metrics.map((name) => (Object.hasOwn(row.metrics, name) ? (row.metrics[name] ?? "") : "")),
    ]),
  );
}

/** How long each cell took, in seconds: the only file of a report that differs between two runs of one experiment. */
export function timesCsv(rows: readonly ResultRow[]): string {
  const timed = rows.filter(({ seconds }) => seconds !== undefined);
  return csv(
    [...identity, "seconds"],
    timed.map((row) => [...identity.map((name) => row[name]), row.seconds ?? ""]),
  );
}

/** Lines end as RFC 4180 has it: programs agree on that. */
function csv(head: readonly string[], lines: readonly (readonly (string | number)[])[]): string {
  return [head, ...lines].map((line) => `${line.map(quoted).join(",")}\r\n`).join("");
}

function quoted(value: string | number): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
