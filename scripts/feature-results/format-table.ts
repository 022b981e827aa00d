import type { Run } from "./measure-method.ts";

/** Accuracy in % and seconds, means over seeds, as a Markdown table: a row a method, a column a number of shots. */
export function formatTable(runs: readonly Run[]): string {
  const shots = [...new Set(runs.map((run) => run.shots))];
  const methods = [...new Set(runs.map(({ method }) => method))];
  const most = Math.max(...shots);
  const cell = (method: string, count: number, value: (run: Run) => number, digits: number) => {
    const found = runs.filter((run) => run.method === method && run.shots === count).map(value);
    if (found.length === 0) return "-";
    return (found.reduce((sum, number) => sum + number, 0) / found.length).toFixed(digits);
  };
  const rows = methods.map((method) => [
    method,
    ...shots.map((count) => cell(method, count, ({ accuracy }) => 100 * accuracy, 1)),
    cell(method, most, ({ logLoss }) => logLoss, 3),
    cell(method, most, ({ seconds }) => seconds, 1),
  ]);
  const head = ["Method", ...shots.map(String), `log-loss at ${most}`, `seconds at ${most}`];
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |\n`;
  return line(head) + line(["---", ...head.slice(1).map(() => "--:")]) + rows.map(line).join("");
}
