import { availableParallelism } from "node:os";
import { join } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { defaultDataFolder } from "../data/datasets/data-folder.ts";
import { ConfigError } from "../errors.ts";
import { type CellContext, createCellContext } from "../experiments/cell-context.ts";
import { chooseAxes } from "../experiments/choose-axes.ts";
import { type Experiment, experiments, findExperiment } from "../experiments/experiments.ts";
import { createInProcessRunner } from "../experiments/in-process-runner.ts";
import { checkSettings, EVERY_METHOD, type MethodSettings } from "../experiments/method-settings.ts";
import { modelLabel } from "../experiments/paper-models.ts";
import { type PlannedRow, planRows } from "../experiments/plan-grid.ts";
import { createProcessPool } from "../experiments/process-pool.ts";
import { parseQueueAddress } from "../experiments/queue/queue-address.ts";
import { openResultStore } from "../experiments/result-store.ts";
import { type CellRunner, runGrid } from "../experiments/run-grid.ts";
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
    .argument("<name...>", `${experiments.map(({ name }) => name).join(", ")}, or all`)
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
  const chosen = names.includes("all") ? experiments : names.map(findExperiment);
  const progress = createProgress(io, chosen.map(({ name }) => name).join(", "), { logEvery: 60_000 });
  const download = createDownloadLine(io);
  const warn = (text: string) => {
    download.finish();
    progress.finish();
    io.stderr(`lamm: ${text}\n`);
  };
  const abort = new AbortController();
  const places = placesOf(flags, command);
  const context = createCellContext(places, warn, download.update);
  const planned = chosen.map((experiment) => ({ experiment, cells: planExperiment(experiment, flags) }));
  const store = openResultStore(flags.out);
  let stopListening = () => {};
  let runner: CellRunner | undefined;
  try {
    const rows: PlannedRow[] = [];
    for (const { experiment, cells } of planned) {
      const some = await planRows(cells, context);
      store.plan(experiment.name, some, { command: planCommand(experiment.name, flags) });
      rows.push(...some);
    }
    const left = rows.filter(({ key }) => store.find(key)?.state !== "done");
    runner = await openRunner(flags, { context, rows: left, warn });
    download.finish();
    // Not before: what Ctrl-C ends at once so far, planning and a download, goes on where it was anyway.
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

/** What runs the cells: this process, others of this machine, or workers on any. */
async function openRunner(
  { queue, queueName, jobs }: ExperimentFlags,
  parts: {
    readonly context: CellContext;
    readonly rows: readonly PlannedRow[];
    readonly warn: (text: string) => void;
  },
): Promise<CellRunner> {
  const { context, rows, warn } = parts;
  if (queue === undefined) {
    if (jobs === 1) return createInProcessRunner(context);
    return createProcessPool({ places: context.places, processes: jobs, onNotice: warn });
  }
  if (jobs !== 1) {
    throw new ConfigError({
      where: "--jobs",
      expected: "none beside --queue",
      got: String(jobs),
      fix: "How many cells a machine runs at a time is said to its worker: lamm worker --jobs.",
    });
  }
  // Not before: who has no queue does not wait until its packages are loaded.
  const { createQueueRunner } = await import("../experiments/queue/queue-runner.ts");
  const address = parseQueueAddress(queue);
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

function planExperiment(experiment: Experiment, { data, set = {}, ...given }: ExperimentFlags) {
  const { datasets, shots, seeds, methods, models } = given;
  const axes = chooseAxes(
    experiment,
    {
      ...(datasets && { datasets }),
      ...(shots && { shots }),
      ...(seeds && { seeds }),
      ...(methods && { methods }),
      ...(models && { models }),
    },
    data,
  );
  checkSettings(set, axes.methods);
  return experiment.cells(axes, set);
}
