import { basename, extname, resolve } from "node:path";
import type { Command } from "commander";
import { DataError } from "../errors.ts";
import { type AdapterEvaluation, evaluateOnSource } from "../tasks/evaluate.ts";
import { checkPictureSource } from "../tasks/open-picture-source.ts";
import type { PictureSource } from "../tasks/picture-source.ts";
import { type TrainResult, trainOnSource } from "../tasks/train.ts";
import { saveAdapter } from "../training/node/save-adapter.ts";
import { percent } from "../training/percent.ts";
import { checkSchedule, resolveTrainConfig } from "../training/train-config.ts";
import { checkOutFile } from "./check-out-file.ts";
import { type CommandContext, INTERRUPTED } from "./command-context.ts";
import { formatCalibration, formatSuspicious } from "./format-calibration.ts";
import { formatDuplicates } from "./format-doubts.ts";
import type { CommandIo } from "./io.ts";
import { addMethodOptions, configOf, type MethodFlags } from "./method-flags.ts";
import { addCommonOptions, type CommonFlags, MODEL_HELP, wholeNumber } from "./options.ts";
import { formatBytes } from "./progress.ts";
import { listUnreadable, openSession, type Session } from "./session.ts";
import { tryIt } from "./try-it.ts";

interface TrainFlags extends CommonFlags, MethodFlags {
  readonly method?: string;
  readonly out?: string;
  readonly calibrate?: boolean | number;
}

/** Adds `lamm train`. */
export function addTrainCommand(program: Command, context: CommandContext): void {
  const command = program
    .command("train")
    .description("learn an adapter from a folder with one sub-folder of pictures a class")
    .argument("<folder>", "the folder, a train folder in it where there is one, or a file of features")
    .option(
      "--method <name>",
      "what learns, see `lamm methods`; gda@lamm is gda on lamm's text features (default: lamm)",
    )
    .option("--out <file>", "adapter to write (default: <folder's name>.safetensors)");
  addMethodOptions(command).option(
    "--calibrate [folds]",
    "make probabilities honest by cross-validation, which trains once more for each fold (default: 5)",
    wholeNumber(2),
  );
  addCommonOptions(command, MODEL_HELP).action(async (folder: string, flags: TrainFlags) => {
    context.setExitCode(await runTrain(folder, flags, context));
  });
}

async function runTrain(folder: string, flags: TrainFlags, context: CommandContext): Promise<number> {
  const out = flags.out ?? defaultOut(folder);
  const config = configOf(flags.method, flags);
  // Before the model, which may have to be downloaded first.
  checkPictureSource(folder);
  checkSchedule(resolveTrainConfig(config));
  checkOutFile(out, [folder]);
  const started = performance.now();
  const session = openSession(context, flags);
  try {
    const source = await session.openSource(folder);
    let note = "";
    const result = await trainOnSource(source, {
      ...session.encodeOptions,
      config,
      ...(flags.calibrate !== undefined && { calibrate: flags.calibrate }),
      checkpoint: `${out}.checkpoint`,
      onEpoch: ({ epoch, epochs, loss }) => {
        note = `, loss ${loss.toFixed(4)}`;
        session.training.update(epoch, epochs, note.slice(2));
      },
      onFold: (done, folds) => session.training.update(done, folds, "folds of the calibration"),
    });
    session.training.finish(result && `done${note}`);
    if (result === undefined) {
      session.close();
      return session.stopped();
    }
    const bytes = saveAdapter(out, result.adapter);
    result.clearCheckpoint();
    const seconds = (performance.now() - started) / 1000;
    const evaluation = await evaluateHeldOut(source, result, { out, session });
    session.close();
    report(session.io, { folder, out, result, evaluation, bytes, seconds }, flags.json === true);
    return session.encodeOptions.signal.aborted ? INTERRUPTED : 0;
  } finally {
    session.close();
  }
}

/** Beside nothing that is there: a file of features is a safetensors file itself. */
function defaultOut(folder: string): string {
  const name = basename(resolve(folder));
  const suffix = ".safetensors";
  return extname(name) === suffix ? `${basename(name, suffix)}-adapter${suffix}` : `${name}${suffix}`;
}

/** Tests the adapter on the `test` or `val` part; gives nothing where there is none, or none that can be read. */
async function evaluateHeldOut(
  source: PictureSource,
  { adapter, pictures }: TrainResult,
  { out, session }: { out: string; session: Session },
): Promise<AdapterEvaluation | undefined> {
  try {
    if (source.testPart.split === "all") return undefined;
    return await evaluateOnSource(source, adapter, {
      ...session.encodeOptions,
      name: out,
      learned: pictures,
    });
  } catch (error) {
    // The adapter is written: that it cannot be tested is worth a line, but does not make the command fail.
    if (!(error instanceof DataError)) throw error;
    session.encodeOptions.onNotice?.(error.message);
    return undefined;
  }
}

interface Report {
  readonly folder: string;
  readonly out: string;
  readonly result: TrainResult;
  readonly evaluation: AdapterEvaluation | undefined;
  readonly bytes: number;
  readonly seconds: number;
}

function report(io: CommandIo, facts: Report, json: boolean): void {
  io.stdout(json ? `${JSON.stringify(asJson(facts), null, 2)}\n` : formatReport(facts));
  listUnreadable(io, [...facts.result.unreadable, ...(facts.evaluation?.unreadable ?? [])]);
}

function asJson({ out, result, evaluation, bytes, seconds }: Report) {
  const { adapter, pictures, unreadable, passes, suspicious } = result;
  return {
    adapter: out,
    method: adapter.method,
    model: adapter.baseModel.id,
    classes: adapter.classNames,
    pictures: pictures.length,
    unreadable: [...unreadable, ...(evaluation?.unreadable ?? [])],
    config: adapter.config,
    ...(adapter.hyperparameters && { hyperparameters: adapter.hyperparameters }),
    ...(adapter.calibration && { calibration: adapter.calibration }),
    ...(adapter.rejection && { rejection: adapter.rejection }),
    ...(suspicious && { suspicious }),
    ...(evaluation?.nearDuplicates && { nearDuplicates: evaluation.nearDuplicates }),
    textTowerPasses: passes,
    seconds,
    bytes,
    ...(evaluation && {
      evaluation: {
        split: evaluation.split,
        accuracy: evaluation.adapter.accuracy,
        ...(evaluation.zeroShot && { zeroShot: { accuracy: evaluation.zeroShot.accuracy } }),
      },
    }),
  };
}

function formatReport({ folder, out, result, evaluation, bytes, seconds }: Report): string {
  const { adapter, pictures } = result;
  const count = `${adapter.classNames.length} classes from ${pictures.length} pictures`;
  return [
    `Learned ${count} in ${seconds.toFixed(1)} s.\n`,
    `Wrote ${out} (${formatBytes(bytes)}).\n`,
    ...(evaluation ? [formatAccuracy(evaluation)] : []),
    ...(evaluation?.nearDuplicates ? [formatDuplicates(evaluation.nearDuplicates)] : []),
    formatCalibration(adapter),
    formatSuspicious(result.suspicious ?? []),
    tryIt({ out, folder, adapter }),
  ].join("");
}

function formatAccuracy({ split, adapter, zeroShot }: AdapterEvaluation): string {
  const part = split === "val" ? "Validation" : "Test";
  const beside = zeroShot ? `, CLIP by names alone ${percent(zeroShot.accuracy)}` : "";
  return `${part} accuracy ${percent(adapter.accuracy)}${beside}.\n`;
}
