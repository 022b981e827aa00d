import { type Check, isFailure, isMet } from "./check.ts";
import type { CaseReport } from "./run-parity.ts";

const HEADER = ["case", "part", "worst deviation", "tolerance", "verdict"];

/** Whether something was compared and nothing missed. */
export function hasPassed(reports: readonly CaseReport[]): boolean {
  const count = countVerdicts(reports);
  return count("ok") > 0 && count("MISS") === 0;
}

/** The reports as an aligned table, the reasons of misses, and a last line that counts the cases. */
export function formatReport(reports: readonly CaseReport[]): string {
  const count = countVerdicts(reports);
  const reasons = reports.flatMap(reasonsOf);
  return [
    ...alignColumns([HEADER, ...reports.flatMap(rowsOf)]),
    "",
    ...reasons,
    ...(reasons.length > 0 ? [""] : []),
    `${count("ok")} ok, ${count("MISS")} missed, ${count("not covered")} not covered`,
    "",
  ].join("\n");
}

function countVerdicts(reports: readonly CaseReport[]) {
  return (verdict: CaseReport["verdict"]) => reports.filter((report) => report.verdict === verdict).length;
}

function rowsOf({ name, verdict, result }: CaseReport): string[][] {
  if (result === undefined) return [[name, "", "", "", verdict]];
  return result.checks.map((check) => rowOf(name, check));
}

function rowOf(name: string, check: Check): string[] {
  const numbers = isFailure(check) ? ["-", "-"] : [check.deviation, check.tolerance].map(formatNumber);
  return [name, check.part, ...numbers, isMet(check) ? "ok" : "MISS"];
}

function reasonsOf({ name, result }: CaseReport): string[] {
  const failures = (result?.checks ?? []).filter(isFailure);
  return [
    ...failures.map(({ part, reason }) => `${name}, ${part}: ${reason}`),
    ...(result?.notes ?? []).map((note) => `${name}: ${note}`),
  ];
}

function formatNumber(value: number): string {
  return Number.isFinite(value) ? value.toExponential(2) : String(value);
}

/** Pads every column to its widest cell; the last one is left as it is. */
function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = HEADER.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
