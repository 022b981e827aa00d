import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { defaultDataFolder } from "../data/datasets/data-folder.ts";
import { methodOf } from "../experiments/cell.ts";
import { jobsForMemory } from "../experiments/queue/jobs-for-memory.ts";
import type { WorkerReport } from "../experiments/queue/perform-job.ts";
import { parseQueueAddress } from "../experiments/queue/queue-address.ts";
import type { QueueWorker } from "../experiments/queue/queue-worker.ts";
import { shotsPhrase } from "../experiments/shots-phrase.ts";
import type { Device } from "../runtime/runtime.ts";
import { cacheFolder } from "../tensor/node/cache-folder.ts";
import { type CommandContext, INTERRUPTED } from "./command-context.ts";
import { createDownloadLine } from "./download-line.ts";
import { choiceOption, wholeNumber } from "./options.ts";
import { formatDuration } from "./progress.ts";
import { queueNameOption, queueOption } from "./queue-options.ts";

interface WorkerFlags {
  readonly queue?: string | true;
  readonly queueName: string;
  readonly data: string;
  readonly jobs?: number;
  readonly threads?: number;
  readonly device?: Device;
  readonly cache?: string;
  readonly checkpoints?: string;
}

/** Adds `lamm worker`. */
export function addWorkerCommand(program: Command, context: CommandContext): void {
  program
    .command("worker")
    .description(
      "runs cells of `lamm experiment --queue` on this machine, until Ctrl-C; any number of machines can",
    )
    .addOption(queueOption("Redis that the cells are handed out over"))
    .addOption(queueNameOption())
    .option("--data <folder>", "folder that holds the data sets' folders", defaultDataFolder())
    .option(
      "--jobs <n>",
      "cells at a time, each in a process of its own (default: one a core, as far as 3 GB of free memory are there for each)",
      wholeNumber(1),
    )
    .option(
      "--threads <n>",
      "threads of the engine in each process (default: all cores shared out)",
      wholeNumber(1),
    )
    .addOption(choiceOption("--device <name>", "where to run", ["cpu", "webgpu", "cuda"]))
    .option("--cache <file>", "file of image features (default: in the user's cache folder)")
    .option(
      "--checkpoints <folder>",
      "where trainings keep their state (default: in the user's cache folder)",
    )
    .action(async (flags: WorkerFlags) => {
      context.setExitCode(await runWorker(flags, context));
    });
}

async function runWorker(flags: WorkerFlags, { io, modelsFolder }: CommandContext): Promise<number> {
  const { queue = true, queueName, data, device, cache } = flags;
  const address = parseQueueAddress(queue);
  const cores = availableParallelism();
  const jobs = flags.jobs ?? jobsForMemory({ cores, freeBytes: process.availableMemory() });
  const download = createDownloadLine(io);
  const tell = (line: string) => {
    download.finish();
    io.stderr(`${line}\n`);
  };
  const warn = (text: string) => tell(`lamm: ${text}`);
  const places = {
    data,
    checkpoints: flags.checkpoints ?? join(cacheFolder(), "checkpoints"),
    threads: flags.threads ?? Math.max(1, Math.floor(cores / jobs)),
    ...(device !== undefined && { device }),
    ...(cache !== undefined && { cache }),
    ...(modelsFolder !== undefined && { modelsFolder }),
  };
  const { startQueueWorker } = await import("../experiments/queue/queue-worker.ts");
  const worker = await startQueueWorker({
    ...{ address, name: queueName, places, jobs, onNotice: warn },
    onReport: (report) => tell(formatReport(report)),
    onDownload: (state) => download.update(state),
  });
  tell(`Takes cells from Redis at ${address.label}, ${jobs} at a time; Ctrl-C gives them back and ends.`);
  await endAfterInterrupt(worker, { io, warn });
  return INTERRUPTED;
}

async function endAfterInterrupt(
  worker: QueueWorker,
  { io, warn }: Pick<CommandContext, "io"> & { readonly warn: (text: string) => void },
): Promise<void> {
  await new Promise<void>((resolve) => io.onInterrupt(resolve));
  warn("giving the cells back with their state; press Ctrl-C again to stop at once");
  await worker.close();
}

function formatReport(report: WorkerReport): string {
  if (report.kind === "encoded") return `${report.dataset}: encoded ${report.pictures} pictures`;
  const { cell, state } = report;
  const { shots, seed } = cell.config as { readonly shots?: number; readonly seed?: number };
  const draw = shots === undefined ? "" : `, ${shotsPhrase(shots)}, seed ${seed}`;
  const what = `${methodOf(cell)} on ${cell.dataset}${draw}`;
  return state === "done"
    ? `${what}: done in ${formatDuration(1000 * report.seconds)}`
    : `${what}: ${state === "returned" ? "given back" : state}`;
}
