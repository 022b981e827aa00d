import { availableParallelism } from "node:os";
import { join } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { defaultDataFolder } from "../data/datasets/data-folder.ts";
import { ConfigError } from "../errors.ts";
import { type CellContext, createCellContext } from "../experiments/cell-context.ts";
import { experiments } from "../experiments/experiments.ts";
import { createInProcessRunner } from "../experiments/in-process-runner.ts";
import { EVERY_METHOD, type MethodSettings } from "../experiments/method-settings.ts";
import { modelLabel } from "../experiments/paper-models.ts";
import { planExperiments } from "../experiments/plan-experiments.ts";
import { type GridAxes, type PlannedRow, planRows } from "../experiments/plan-grid.ts";
import { createProcessPool } from "../experiments/process-pool.ts";
import { parseQueueAddress, type QueueAddress } from "../experiments/queue/queue-address.ts";
import { openResultStore } from "../experiments/result-store.ts";
import { type CellRunner, runGrid } from "../experiments/run-grid.ts";
import { createSplitSettings } from "../experiments/split-settings.ts";
import type { Device } from "../runtime/runtime.ts";
import { type CommandContext, INTERRUPTED } from "./command-context.ts";
import { createDownloadLine } from "./download-line.ts";
import { formatGridSummary, showGridProgress } from "./format-grid.ts";
import { abortOnInterrupt, commandLine, tellHowToGoOn } from "./interruption.ts";
import { choiceOption, listOf, wholeNumber } from "./options.ts";
import { createProgress } from "./progress.ts";
import { queueNameOption, queueOption } from "./queue-options.ts";

interface ExperimentFlags {
  readonly datasets?: readonly string[];
  readonly shots?: readonly number[];
  readonly seeds?: readonly number[];
  readonly methods?: readonly string[];
  readonly models?: readonly string[];
  readonly data: string;
  readonly out: string;
  readonly set?: MethodSettings;
  readonly jobs: number;
  readonly queue?: string | true;
  readonly queueName: string;
  readonly device?: Device;
  readonly threads?: number;
  readonly cache: string | boolean;
  readonly json?: boolean;
}

const numbers = (least: number) => (value: string) => listOf(value).map(wholeNumber(least));

/** Adds `lamm experiment`. */
export function addExperimentCommand(program: Command, context: CommandContext): void {
  program
    .command("experiment")
    .description("the paper's experiments: a grid of data sets, shots, seeds and methods, each cell once")
    .argument("[name...]", `${experiments.map(({ name }) => name).join(", ")}, or all`)
    .option(
      "--datasets <list>",
      "names of data sets, see `lamm datasets`; paper and picture-world stand for eleven each (default: paper, or picture-world where --data has that alone)",
      listOf,
    )
    .option(
      "--shots <list>",
      "pictures of each class to learn from (default: 1,2,4,8,16, or 16 where shots are not compared)",
      numbers(1),
    )
    .option("--seeds <list>", "seeds of draws and trainings (default: 1,2,3)", numbers(0))
    .option("--methods <list>", "see `lamm methods`; zero-shot is one (default: the paper's)", listOf)
    .option(
      "--models <list>",
      "CLIPs: RN50, RN101, ViT-B/32, ViT-B/16, folders or hub ids (default: the paper's)",
      listOf,
    )
    .option("--data <folder>", "folder that holds the data sets' folders", defaultDataFolder())
    .option(
      "--out <folder>",
      "where results are kept; an experiment that was stopped goes on there",
      "experiments",
    )
    .option(
      "--set <[method.]name=value>",
      "an option of all methods that have it, or of one, instead of the published training; may be repeated",
      collectSettings,
    )
    .option("--jobs <n>", "cells at a time, each in a process of its own", wholeNumber(1), 1)
    .addOption(queueOption("hand the cells to workers on other machines, see `lamm worker`, over this Redis"))
    .addOption(queueNameOption())
    .addOption(choiceOption("--device <name>", "where to run", ["cpu", "webgpu", "cuda"]))
    .option(
      "--threads <n>",
      "threads of the engine in each process (default: all cores shared out)",
      wholeNumber(1),
    )
    .option("--cache <file>", "file of image features (default: in the user's cache folder)")
    .option("--no-cache", "compute all image features anew, and keep none")
    .option("--json", "print the summary as JSON")
    .action(async (names: readonly string[], flags: ExperimentFlags) => {
      context.setExitCode(await runExperiments(names, flags, context));
    });
}

/** Collects `method.name=value`, or `name=value` of all methods. */
function collectSettings(value: string, before: MethodSettings = {}): MethodSettings {
  const [, method = EVERY_METHOD, name, text = ""] =
    /^(?:([a-z0-9+@-]+)\.)?([A-Za-z][A-Za-z0-9]*)=(.+)$/s.exec(value) ?? [];
  if (name === undefined) {
    throw new InvalidArgumentError("Expected name=value or method.name=value, such as coop.epochs=50.");
  }
  return { ...before, [method]: { ...before[method], [name]: jsonOrText(text) } };
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function runExperiments(
  names: readonly string[],
  flags: ExperimentFlags,
  command: CommandContext,
): Promise<number> {
  const { io } = command;
  checkNames(names, flags);
  const address = queueAddressOf(flags);
  const tell = (text: string) => io.stderr(`lamm: ${text}\n`);
  const { set: settings = {}, data } = flags;
  const planned = planExperiments({ names, axes: axesOf(flags), settings, data, onNotice: tell });
  const label = planned.map(({ experiment }) => experiment.name).join(", ");
  const progress = createProgress(io, label, { logEvery: 60_000 });
  const download = createDownloadLine(io);
  const warn = (text: string) => {
    download.finish();
    progress.finish();
    tell(text);
  };
  const context = createCellContext(placesOf(flags, command), warn, download.update);
  const store = openResultStore(flags.out);
  let stopListening = () => {};
  let runner: CellRunner | undefined;
  try {
    const grids = [];
    for (const { experiment, cells } of planned) {
      grids.push({ experiment, rows: await planRows(cells, context) });
    }
    const rows = grids.flatMap((grid) => grid.rows);
    const left = rows.filter(({ key }) => store.find(key)?.state !== "done");
    runner = await openRunner(flags, { address, context, rows: left, warn });
    download.finish();
    // Nothing has been changed before: what is asked for can be run.
    const splits = createSplitSettings({ context, store, warn });
    for (const { experiment, rows: some } of grids) {
      const command = planCommand(experiment.name, flags);
      store.plan(experiment.name, some, { command, ...splits(experiment.name, some) });
    }
    // Not before: what Ctrl-C ends at once so far, planning and a download, goes on where it was anyway.
    const abort = new AbortController();
    stopListening = abortOnInterrupt(command, abort, { until: "this step", warn });
    const summary = await runGrid(rows, {
      ...{ context, store, runner, signal: abort.signal },
      onProgress: (state) => showGridProgress(progress, state, warn),
    });
    progress.finish();
    if (summary.isStopped) return tellHowToGoOn(command, command.argv, "Cells that are done are kept");
    io.stdout(
      flags.json
        ? `${JSON.stringify({ out: flags.out, ...summary })}\n`
        : formatGridSummary(summary, store, flags.out),
    );
    if (abort.signal.aborted) return INTERRUPTED;
    return summary.failed === 0 ? 0 : 1;
  } finally {
    download.finish();
    progress.finish();
    stopListening();
    await runner?.close();
    store.close();
  }
}

function axesOf({ datasets, shots, seeds, methods, models }: ExperimentFlags): Partial<GridAxes> {
  return {
    ...(datasets && { datasets }),
    ...(shots && { shots }),
    ...(seeds && { seeds }),
    ...(methods && { methods }),
    ...(models && { models }),
  };
}

/** Commander gives a name that follows a bare `--queue` to that. */
function checkNames(names: readonly string[], { queue }: ExperimentFlags): void {
  if (names.length > 0) return;
  const known = [...experiments.map(({ name }) => name), "all"];
  const isTaken = typeof queue === "string" && known.includes(queue);
  throw new ConfigError({
    where: "experiment",
    expected: `one of ${known.join(", ")}`,
    got: isTaken ? `none, as --queue took "${queue}" for an address` : "none",
    ...(isTaken && { fix: `Write the name first: lamm experiment ${queue} --queue` }),
  });
}

/** The command as another machine would be given it: what is measured, not where it lies or how it is run. */
function planCommand(
  name: string,
  { datasets, shots, seeds, methods, models, set = {} }: ExperimentFlags,
): string {
  const lists = Object.entries({ datasets, shots, seeds, methods, models: models?.map(modelLabel) });
  const settings = Object.entries(set).flatMap(([method, options]) =>
    Object.entries(options).flatMap(([option, value]) => {
      const text = typeof value === "string" ? value : JSON.stringify(value);
      return ["--set", `${method === EVERY_METHOD ? "" : `${method}.`}${option}=${text}`];
    }),
  );
  const axes = lists.flatMap(([flag, list]) => (list ? [`--${flag}`, list.join(",")] : []));
  return commandLine(["experiment", name, ...axes, ...settings]);
}

/** Address of the queue, if one is asked for. */
function queueAddressOf({ queue, jobs }: ExperimentFlags): QueueAddress | undefined {
  if (queue === undefined) return undefined;
  if (jobs !== 1) {
    throw new ConfigError({
      where: "--jobs",
      expected: "none beside --queue",
      got: String(jobs),
      fix: "How many cells a machine runs at a time is said to its worker: lamm worker --jobs.",
    });
  }
  return parseQueueAddress(queue);
}

/** What runs the cells: this process, others of this machine, or workers on any. */
async function openRunner(
  { queueName, jobs }: ExperimentFlags,
  parts: {
    readonly address: QueueAddress | undefined;
    readonly context: CellContext;
    readonly rows: readonly PlannedRow[];
    readonly warn: (text: string) => void;
  },
): Promise<CellRunner> {
  const { address, context, rows, warn } = parts;
  if (address === undefined) {
    if (jobs === 1) return createInProcessRunner(context);
    return createProcessPool({ places: context.places, processes: jobs, onNotice: warn });
  }
  // Not before: who has no queue does not wait until its packages are loaded.
  const { createQueueRunner } = await import("../experiments/queue/queue-runner.ts");
  return createQueueRunner({ address, name: queueName, context, rows, onNotice: warn });
}

function placesOf(
  { data, out, jobs, threads, device, cache }: ExperimentFlags,
  { modelsFolder }: CommandContext,
) {
  const shared = Math.max(1, Math.floor(availableParallelism() / jobs));
  return {
    data,
    checkpoints: join(out, "checkpoints"),
    threads: threads ?? shared,
    ...(device !== undefined && { device }),
    ...(cache !== true && { cache }),
    ...(modelsFolder !== undefined && { modelsFolder }),
  };
}
