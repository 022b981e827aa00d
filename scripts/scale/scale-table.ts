import type { ScaleCell } from "./cell.ts";

/** What each kind of measurement is called, and what its size counts. */
const TITLES: Readonly<Record<string, { readonly title: string; readonly size: string }>> = {
  step: { title: "Steps over a batch", size: "classes" },
  "whole step": { title: "Evaluations over the whole support set", size: "classes" },
  evaluation: { title: "Scoring of pictures", size: "classes" },
  cache: { title: "The feature cache", size: "rows" },
  shots: { title: "A draw of shots", size: "pictures" },
};

/** Markdown tables, one for each kind of measurement: a row for each size, in rising order. */
export function formatScaleTables(cells: readonly ScaleCell[]): string {
  const kinds = Object.keys(TITLES).filter((kind) => cells.some((cell) => cell.kind === kind));
  return kinds.map((kind) => formatKind(kind, cells)).join("\n");
}

function formatKind(kind: string, cells: readonly ScaleCell[]): string {
  const own = cells.filter((cell) => cell.kind === kind).sort((a, b) => a.size - b.size);
  const { title = kind, size = "size" } = TITLES[kind] ?? {};
  const perClass = own.some(({ numbers }) => "step, ms" in numbers);
  const names = [...new Set(own.flatMap(({ numbers }) => Object.keys(numbers)))];
  const hasNames = own.some((cell) => cell.names !== undefined);
  const header = [
    size,
    ...(hasNames ? ["tokens of names"] : []),
    ...names,
    ...(perClass ? ["a class, ms"] : []),
  ];
  const rows = own.map((cell) => [
    formatNumber(cell.size),
    ...(hasNames ? [cell.names ?? "-"] : []),
    ...names.map((name) => formatNumber(cell.numbers[name] ?? Number.NaN)),
    ...(perClass ? [formatNumber((cell.numbers["step, ms"] ?? Number.NaN) / cell.size)] : []),
  ]);
  const lines = [header, header.map(() => "--:"), ...rows].map((row) => `| ${row.join(" | ")} |\n`);
  return `**${title}**\n\n${lines.join("")}`;
}

/** Three digits or more, thousands set off. */
export function formatNumber(value: number): string {
  if (Number.isNaN(value)) return "-";
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
