import { basename, resolve } from "node:path";
import type { Command } from "commander";
import { readImageFolder } from "../data/image-folder.ts";
import { DataError } from "../errors.ts";
import { type AdapterEvaluation, evaluateAdapter } from "../tasks/evaluate.ts";
import type { OpenModel } from "../tasks/open-model.ts";
import { type TrainResult, trainOnFolder } from "../tasks/train.ts";
import { checkWritable } from "../tensor/node/check-writable.ts";
import { saveAdapter } from "../training/node/save-adapter.ts";
import { percent } from "../training/percent.ts";
import { MAX_VIEWS, type TrainConfigInput } from "../training/train-config.ts";
import { type CommandContext, INTERRUPTED } from "./command-context.ts";
import type { CommandIo } from "./io.ts";
import {
  addCommonOptions,
  type CommonFlags,
  choiceOption,
  MODEL_HELP,
  nonNegative,
  positive,
  tokenCount,
  wholeNumber,
} from "./options.ts";
import { formatBytes } from "./progress.ts";
import { quote } from "./quote.ts";
import { listUnreadable, openSession, type Session } from "./session.ts";

interface TrainFlags extends CommonFlags {
  readonly out?: string;
  readonly shots?: number;
  readonly seed?: number;
  readonly schedule?: "fast" | "published";
  readonly epochs?: number;
  readonly views?: number;
  readonly template?: string;
  readonly tokens?: "shared" | "all" | number;
  readonly init?: "words" | "random";
  readonly hierarchicalLoss: boolean;
  readonly lossParameters?: number;
  readonly lossFeatures?: number;
  readonly lossLogits?: number;
  readonly lossTemperature?: number;
}

/** Adds `lamm train`. */
export function addTrainCommand(program: Command, context: CommandContext): void {
  const command = program
    .command("train")
    .description("learn an adapter from a folder with one sub-folder of pictures a class")
    .argument("<folder>", "the folder; a train folder in it is used where there is one")
    .option("--out <file>", "adapter to write (default: <folder's name>.safetensors)")
    .option("--shots <n>", "pictures of each class to learn from (default: all)", wholeNumber(1))
    .option("--seed <n>", "seed of all random draws (default: 1)", wholeNumber(0))
    .addOption(choiceOption("--schedule <name>", "few large steps, or the paper's", ["fast", "published"]))
    .option(
      "--epochs <n>",
      "epochs of the published schedule (50), evaluations of the fast one (25)",
      wholeNumber(1),
    )
    .option(
      "--views <n>",
      "augmented views of each picture (default: 1, the centre crop)",
      wholeNumber(1, MAX_VIEWS),
    )
    .option("--template <text>", 'prompt with {} for the class name (default: "a photo of a {}.")')
    .option("--tokens <n>", "name tokens to learn: shared, all, or a number (default: shared)", tokenCount)
    .addOption(choiceOption("--init <how>", "where the tokens start", ["words", "random"]))
    .option(
      "--loss-parameters <w>",
      "weight of the tokens' distance from the words (default: 1 / shots, a quarter of it for fast)",
      nonNegative,
    )
    .option("--loss-features <w>", "weight of the text features' distance (default: 1)", nonNegative)
    .option("--loss-logits <w>", "weight of the distance of the predictions (default: 0.05)", nonNegative)
    .option("--loss-temperature <t>", "temperature of that distance (default: 2)", positive)
    .option("--no-hierarchical-loss", "cross-entropy alone");
  addCommonOptions(command, MODEL_HELP).action(async (folder: string, flags: TrainFlags) => {
    context.setExitCode(await runTrain(folder, flags, context));
  });
}

async function runTrain(folder: string, flags: TrainFlags, context: CommandContext): Promise<number> {
  const out = flags.out ?? `${basename(resolve(folder))}.safetensors`;
  // Before the model, which may have to be downloaded first.
  readImageFolder(folder);
  checkWritable(out);
  const started = performance.now();
  const session = openSession(context, flags);
  try {
    const model = await session.openModel();
    let lastLoss = "";
    const result = await trainOnFolder(model, folder, {
      ...session.encodeOptions,
      config: configOf(flags),
      checkpoint: `${out}.checkpoint`,
      onEpoch: ({ epoch, epochs, loss }) => {
        lastLoss = `loss ${loss.toFixed(4)}`;
        session.training.update(epoch, epochs, lastLoss);
      },
    });
    session.training.finish(result && `done, ${lastLoss}`);
    if (result === undefined) {
      session.close();
      return session.stopped();
    }
    const bytes = saveAdapter(out, result.adapter);
    result.clearCheckpoint();
    const seconds = (performance.now() - started) / 1000;
    const evaluation = await evaluateHeldOut(model, result, { folder, out, session });
    session.close();
    report(session.io, { folder, out, result, evaluation, bytes, seconds }, flags.json === true);
    return session.encodeOptions.signal.aborted ? INTERRUPTED : 0;
  } finally {
    session.close();
  }
}

/** Tests the adapter on the folder's `test` or `val` part; gives nothing where it has none, or none that can be read. */
async function evaluateHeldOut(
  model: OpenModel,
  { adapter }: TrainResult,
  { folder, out, session }: { folder: string; out: string; session: Session },
): Promise<AdapterEvaluation | undefined> {
  const { test, val } = readImageFolder(folder).splits;
  if (test === undefined && val === undefined) return undefined;
  try {
    return await evaluateAdapter(model, adapter, folder, { ...session.encodeOptions, name: out });
  } catch (error) {
    // The adapter is written: that it cannot be tested is worth a line, but does not make the command fail.
    if (!(error instanceof DataError)) throw error;
    session.encodeOptions.onNotice?.(error.message);
    return undefined;
  }
}

/** Flags that were given, under the configuration's names; what was not given is left to its defaults. */
function configOf(flags: TrainFlags): TrainConfigInput {
  const loss = {
    parameters: flags.lossParameters,
    features: flags.lossFeatures,
    logits: flags.lossLogits,
    temperature: flags.lossTemperature,
  };
  const withoutHierarchy = { parameters: 0, features: 0, logits: 0 };
  const given = {
    shots: flags.shots,
    seed: flags.seed,
    schedule: flags.schedule,
    epochs: flags.epochs,
    views: flags.views,
    template: flags.template,
    tokens: flags.tokens,
    initialisation: flags.init,
    loss: flags.hierarchicalLoss ? defined(loss) : withoutHierarchy,
  };
  return defined(given) as TrainConfigInput;
}

function defined(object: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
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
  const { adapter, pictures, unreadable, passes } = result;
  return {
    adapter: out,
    method: adapter.method,
    model: adapter.baseModel.id,
    classes: adapter.classNames,
    pictures: pictures.length,
    unreadable: [...unreadable, ...(evaluation?.unreadable ?? [])],
    config: adapter.config,
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
    `\nTry it:\n  lamm predict ${quote(out)} <picture>...\n  lamm evaluate ${quote(out)} ${quote(folder)}\n`,
  ].join("");
}

function formatAccuracy({ split, adapter, zeroShot }: AdapterEvaluation): string {
  const part = split === "val" ? "Validation" : "Test";
  const beside = zeroShot ? `, CLIP by names alone ${percent(zeroShot.accuracy)}` : "";
  return `${part} accuracy ${percent(adapter.accuracy)}${beside}.\n`;
}
