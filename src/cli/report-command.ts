import { join } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { compareInReport } from "../experiments/report/compare-in-report.ts";
import { writeReport } from "../experiments/report/write-report.ts";
import { readResultTable } from "../experiments/result-store.ts";
import type { CommandContext } from "./command-context.ts";
import { formatComparisons, formatReportSummary } from "./format-report-summary.ts";

interface ReportFlags {
  readonly compare?: readonly [string, string];
  readonly json?: boolean;
}

/** Adds `lamm report`. */
export function addReportCommand(program: Command, context: CommandContext): void {
  program
    .command("report")
    .description("write tables and figures of an experiment's results")
    .argument("<out>", "folder of the experiment, which holds its results.sqlite")
    .option(
      "--compare <a,b>",
      "also print how two methods differ over the cells that both have",
      pairOfMethods,
    )
    .option("--json", "print the result as JSON")
    .action(async (out: string, flags: ReportFlags) => runReport(out, flags, context));
}

function pairOfMethods(value: string): readonly [string, string] {
  const [first, second, ...others] = value.split(",").map((name) => name.trim());
  if (!first || !second || others.length > 0) {
    throw new InvalidArgumentError("Expected two methods with a comma between them, such as lamm,coop.");
  }
  if (first === second) {
    throw new InvalidArgumentError(`Both are ${first}: expected two different methods, such as lamm,coop.`);
  }
  return [first, second];
}

async function runReport(out: string, { compare, json }: ReportFlags, { io }: CommandContext): Promise<void> {
  const table = readResultTable(out);
  const comparisons =
    compare === undefined ? undefined : compareInReport(table, { first: compare[0], second: compare[1] });
  const files = await writeReport(join(out, "report"), table);
  if (json) {
    io.stdout(`${JSON.stringify({ files, ...(comparisons && { comparisons }) }, null, 2)}\n`);
    return;
  }
  const { columns } = io;
  io.stdout(
    [
      formatReportSummary(table, columns),
      compare && comparisons ? formatComparisons(comparisons, { pair: compare, columns }) : "",
      `\n${files.map((file) => `Wrote ${file}\n`).join("")}`,
    ].join(""),
  );
}
