import type { MethodCell } from "./measure-cell.ts";

/** Markdown table: a row for each method, a column for each data set and the average, in percent; means over seeds. */
export function formatMethodTable(cells: readonly MethodCell[]): string {
  const themes = [...new Set(cells.map(({ theme }) => theme))];
  const methods = [...new Set(cells.map(({ method }) => method))];
  const header = ["", ...themes, "average", "s"];
  const rows = methods.map((method) => {
    const own = cells.filter((cell) => cell.method === method);
    const means = themes.map((theme) =>
      mean(own.filter((cell) => cell.theme === theme).map(({ accuracy }) => accuracy)),
    );
    return [
      method,
      ...means.map((value) => (Number.isNaN(value) ? "-" : (100 * value).toFixed(1))),
      formatAverage(own),
      median(own.map(({ seconds }) => seconds)).toFixed(1),
    ];
  });
  return `${[header, header.map((_, column) => (column === 0 ? "---" : "--:")), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n")}\n`;
}

/** Mean over data sets, with the sample deviation over the seeds' averages where there are several. */
function formatAverage(cells: readonly MethodCell[]): string {
  const seeds = [...new Set(cells.map(({ seed }) => seed))];
  const averages = seeds.map((seed) =>
    mean(cells.filter((cell) => cell.seed === seed).map(({ accuracy }) => accuracy)),
  );
  const average = (100 * mean(averages)).toFixed(1);
  if (averages.length < 2) return average;
  const center = mean(averages);
  const variance = averages.reduce((sum, value) => sum + (value - center) ** 2, 0) / (averages.length - 1);
  return `${average} ± ${(100 * Math.sqrt(variance)).toFixed(1)}`;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
