import type { MethodCell } from "./measure-cell.ts";

/** Markdown table: a row for each method, a column for each data set and the average, in percent; means over seeds. */
export function formatMethodTable(cells: readonly MethodCell[]): string {
  const themes = [...new Set(cells.map(({ theme }) => theme))];
  const methods = [...new Set(cells.map(({ method }) => method))];
  const header = ["", ...themes, "average", "runs", "s"];
  const rows = methods.map((method) => {
    const own = cells.filter((cell) => cell.method === method);
    const means = themes.map((theme) =>
      mean(own.filter((cell) => cell.theme === theme).map(({ accuracy }) => accuracy)),
    );
    return [
      method,
      ...means.map((value) => (Number.isNaN(value) ? "-" : (100 * value).toFixed(1))),
      formatAverage(own, means),
      `${own.length}`,
      median(own.map(({ seconds }) => seconds)).toFixed(1),
    ];
  });
  return `${[header, header.map((_, column) => (column === 0 ? "---" : "--:")), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n")}\n`;
}

/** Mean over data sets, with the sample deviation over the seeds' averages where there are several and each has all data sets. */
function formatAverage(cells: readonly MethodCell[], means: readonly number[]): string {
  const average = (100 * mean(means.filter((value) => !Number.isNaN(value)))).toFixed(1);
  const seeds = [...new Set(cells.map(({ seed }) => seed))];
  const ofSeeds = seeds.map((seed) => cells.filter((cell) => cell.seed === seed));
  const isWhole = ofSeeds.every((own) => new Set(own.map(({ theme }) => theme)).size === means.length);
  if (seeds.length < 2 || !isWhole) return average;
  const averages = ofSeeds.map((own) => mean(own.map(({ accuracy }) => accuracy)));
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
