import { basename, extname, resolve } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { methods as allMethods } from "../methods/methods.ts";
import { type Comparison, compareOnSource, quickMethods } from "../tasks/compare.ts";
import type { MethodResult, ScoredShare } from "../tasks/contest.ts";
import { checkPictureSource } from "../tasks/open-picture-source.ts";
import { saveAdapter } from "../training/node/save-adapter.ts";
import { percent } from "../training/percent.ts";
import { MAX_VIEWS, resolveTrainConfig } from "../training/train-config.ts";
import { checkOutFile } from "./check-out-file.ts";
import { type CommandContext, INTERRUPTED } from "./command-context.ts";
import { formatCalibration, formatSuspicious } from "./format-calibration.ts";
import { addCommonOptions, type CommonFlags, MODEL_HELP, wholeNumber } from "./options.ts";
import { formatBytes } from "./progress.ts";
import { listUnreadable, openSession } from "./session.ts";
import { tryIt } from "./try-it.ts";

interface CompareFlags extends CommonFlags {
  readonly methods?: readonly string[];
  readonly folds?: number;
  readonly shots?: number;
  readonly seed?: number;
  readonly views?: number;
  readonly template?: string;
  readonly out?: string;
}

/** Adds `lamm compare`. */
export function addCompareCommand(program: Command, context: CommandContext): void {
  const command = program
    .command("compare")
    .description("train several methods on your pictures, compare them, and keep the best")
    .argument(
      "<folder>",
      "one sub-folder of pictures a class, or train and test folders of such; or a file of features",
    )
    .option(
      "--methods <list>",
      "names with commas between them, or all; gda@lamm is gda on lamm's text features (default: those that train quickly)",
      listOfMethods,
    )
    .option(
      "--folds <n>",
      "choose by cross-validation on the training pictures (default: 5 where there is no test folder, else none)",
      wholeNumber(2),
    )
    .option("--shots <n>", "pictures of each class to learn from (default: all)", wholeNumber(1))
    .option("--seed <n>", "seed of all random draws (default: 1)", wholeNumber(0))
    .option("--views <n>", "augmented views of each picture (default: 1)", wholeNumber(1, MAX_VIEWS))
    .option("--template <text>", 'prompt with {} for the class name (default: "a photo of a {}.")')
    .option("--out <file>", "adapter of the best method (default: <folder's name>-best.safetensors)");
  addCommonOptions(command, MODEL_HELP).action(async (folder: string, flags: CompareFlags) => {
    context.setExitCode(await runCompare(folder, flags, context));
  });
}

function listOfMethods(value: string): readonly string[] {
  if (value === "all") return allMethods.map(({ name }) => name);
  const names = value.split(",").flatMap((name) => (name.trim() === "" ? [] : [name.trim()]));
  if (names.length === 0) throw new InvalidArgumentError("Expected names with commas between them, or all.");
  return [...new Set(names)];
}

async function runCompare(folder: string, flags: CompareFlags, context: CommandContext): Promise<number> {
  const out = flags.out ?? `${basename(resolve(folder), extname(folder))}-best.safetensors`;
  const { methods = quickMethods(), folds } = flags;
  const config = {
    ...(flags.shots !== undefined && { shots: flags.shots }),
    ...(flags.seed !== undefined && { seed: flags.seed }),
    ...(flags.views !== undefined && { views: flags.views }),
    ...(flags.template !== undefined && { template: flags.template }),
  };
  // Before the model, which may have to be downloaded first.
  checkPictureSource(folder);
  for (const method of methods) resolveTrainConfig({ ...config, method });
  checkOutFile(out, [folder]);
  const session = openSession(context, flags);
  try {
    const source = await session.openSource(folder);
    const found = await compareOnSource(source, {
      ...session.encodeOptions,
      methods,
      config,
      ...(folds !== undefined && { folds }),
      checkpoint: `${out}.checkpoint`,
      onMethod: (method, done, total) => session.training.update(done, total, method),
    });
    session.close();
    if (found === undefined) {
      return session.stopped("Methods that were measured are kept");
    }
    const bytes = found.winner && saveAdapter(out, found.winner.adapter);
    found.clearCheckpoint();
    const { io } = context;
    io.stdout(
      flags.json
        ? `${JSON.stringify(asJson(out, found), null, 2)}\n`
        : formatComparison(found, { out, folder, bytes: bytes ?? 0 }),
    );
    listUnreadable(io, found.unreadable);
    if (session.encodeOptions.signal.aborted) return INTERRUPTED;
    return found.winner === undefined ? 1 : 0;
  } finally {
    session.close();
  }
}

function asJson(out: string, { winner, ...rest }: Comparison) {
  if (winner === undefined) return rest;
  const { method, adapter } = winner;
  const { calibration, rejection, hyperparameters } = adapter;
  return { ...rest, winner: { method, adapter: out, calibration, rejection, hyperparameters } };
}

/** Width of the columns behind the first. */
const COLUMN = 18;

function formatComparison(
  comparison: Comparison,
  { out, folder, bytes }: { readonly out: string; readonly folder: string; readonly bytes: number },
): string {
  const { results, zeroShot, folds, split, winner } = comparison;
  const hasTest = split !== "all";
  const width = Math.max(...results.map(({ method }) => method.length), "zero-shot".length) + 2;
  const columns = [...(folds ? [`${folds} folds`] : []), ...(hasTest ? [split] : []), "training", "adapter"];
  const row = (name: string, cells: readonly string[]) =>
    name.padEnd(width) + cells.map((cell) => cell.padStart(COLUMN)).join("");
  const lines = [row("", columns)];
  if (zeroShot) {
    const cells = [
      ...(folds ? [hasTest ? "" : formatShare(zeroShot)] : []),
      ...(hasTest ? [formatShare(zeroShot)] : []),
    ];
    lines.push(row("zero-shot", cells));
  }
  for (const result of results) lines.push(formatResult(result, { row, folds, hasTest, width }));
  lines.push("", `Accuracy with its 95 % interval; training is one run, pictures encoded before.`);
  if (winner === undefined) return `${lines.join("\n")}\n\nNo method could run.\n`;
  const how = folds
    ? `by cross-validation`
    : `by its ${split} pictures, so its accuracy there is a little too good`;
  lines.push(`Best is ${winner.method}, chosen ${how}.`, `Wrote ${out} (${formatBytes(bytes)}).`);
  const tail = [
    formatCalibration(winner.adapter),
    formatSuspicious(comparison.suspicious ?? []),
    tryIt({ out, folder, adapter: winner.adapter }),
  ];
  return `${lines.join("\n")}\n${tail.join("")}`;
}

interface RowFormat {
  readonly row: (name: string, cells: readonly string[]) => string;
  readonly folds: number | undefined;
  readonly hasTest: boolean;
  readonly width: number;
}

function formatResult(result: MethodResult, { row, folds, hasTest, width }: RowFormat): string {
  const { method, problem, crossValidation, test, seconds = 0, bytes = 0 } = result;
  if (problem !== undefined) return `${method.padEnd(width)}  not run: ${problem}`;
  return row(method, [
    ...(folds ? [crossValidation ? formatShare(crossValidation) : ""] : []),
    ...(hasTest ? [test ? formatShare(test) : ""] : []),
    `${seconds.toFixed(1)} s`,
    formatBytes(bytes),
  ]);
}

function formatShare({ accuracy, interval }: ScoredShare): string {
  const bound = (share: number) => (100 * share).toFixed(0);
  return `${percent(accuracy)} (${bound(interval.lower)}-${bound(interval.upper)})`;
}
