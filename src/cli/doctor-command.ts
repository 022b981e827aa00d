import type { Command } from "commander";
import { type DoctorReport, doctor } from "../tasks/doctor.ts";
import type { CommandContext } from "./command-context.ts";
import { formatBytes } from "./progress.ts";

/** Adds `lamm doctor`. */
export function addDoctorCommand(program: Command, { io, modelsFolder, setExitCode }: CommandContext): void {
  program
    .command("doctor")
    .description("what is installed here, what works, and which model is used where none is named")
    .option("--json", "print the result as JSON")
    .action(async ({ json }: { readonly json?: boolean }) => {
      const report = await doctor(modelsFolder === undefined ? {} : { modelsFolder });
      io.stdout(json ? `${JSON.stringify(report, null, 2)}\n` : formatReport(report));
      setExitCode(report.usable ? 0 : 1);
    });
}

type Row = readonly [name: string, text: string];

function formatReport(report: DoctorReport): string {
  const { versions, platform, threads, devices } = report;
  const rows: Row[] = [
    ["versions", `lamm ${versions.lamm}, Node ${versions.node}, ${versions.engine}`],
    [
      "platform",
      `${platform.system} ${platform.architecture}, ${platform.processor}, ${formatSize(platform.memoryBytes)} of memory`,
    ],
    ["threads", `${threads.available} of ${threads.processors} processors may be used`],
    ...devices.map(
      ({ device, problem }): Row => [`device ${device}`, withProblem("works", "does not work", problem)],
    ),
    ...hubRows(report),
    featureRow(report),
    modelRow(report),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, text]) => `${name.padEnd(width)}  ${text}\n`).join("");
}

function hubRows({ hub, hubCache }: DoctorReport): Row[] {
  if (hubCache === undefined || !("outcome" in hub)) return [["hub", `cannot be asked: ${hub.problem}`]];
  const { endpoint, outcome, milliseconds, problem } = hub;
  const state =
    outcome === "offline" ? "not asked, as HF_HUB_OFFLINE is set" : `answers in ${milliseconds} ms`;
  const { folder, models, bytes } = hubCache;
  const size = `${folder}: ${count(models, "model")}, ${formatSize(bytes)}`;
  return [
    ["hub", `${endpoint} ${withProblem(state, "does not give the usual model", problem)}`],
    ["hub cache", withProblem(size, `${size}; cannot be used`, hubCache.problem)],
  ];
}

function featureRow({ featureCache: { file, features, bytes, problem } }: DoctorReport): Row {
  const size = `${file}: ${count(features, "feature")}, ${formatSize(bytes)}`;
  return ["feature cache", withProblem(size, `${size}; cannot be used`, problem)];
}

function modelRow({ model: choice }: DoctorReport): Row {
  if (choice.model === undefined) return ["model", `none: ${choice.problem}`];
  const why = `${choice.model}, because ${choice.reason}`;
  return ["model", withProblem(why, `${why}; cannot be opened`, choice.problem)];
}

function withProblem(fine: string, broken: string, problem: string | undefined): string {
  return problem === undefined ? fine : `${broken}: ${problem}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** Bytes as `1.2 GB`, `12.3 MB` or `4.5 kB`. */
function formatSize(bytes: number): string {
  return bytes < 1e9 ? formatBytes(bytes) : `${(bytes / 1e9).toFixed(1)} GB`;
}
