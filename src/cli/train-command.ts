import { basename, resolve } from "node:path";
import type { Command } from "commander";
import { openModel } from "../tasks/open-model.ts";
import { type TrainResult, trainOnFolder } from "../tasks/train.ts";
import { checkWritable } from "../tensor/node/check-writable.ts";
import { saveAdapter } from "../training/node/save-adapter.ts";
import type { TrainConfigInput } from "../training/train-config.ts";
import { type CommandContext, INTERRUPTED } from "./command-context.ts";
import {
  addCommonOptions,
  type CommonFlags,
  choiceOption,
  MODEL_HELP,
  nonNegative,
  tokenCount,
  wholeNumber,
} from "./options.ts";
import { createProgress, formatBytes } from "./progress.ts";
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
    .option("--views <n>", "augmented views of each picture (default: 1, the centre crop)", wholeNumber(1))
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
    .option("--loss-temperature <t>", "temperature of that distance (default: 2)", nonNegative)
    .option("--no-hierarchical-loss", "cross-entropy alone");
  addCommonOptions(command, MODEL_HELP).action(async (folder: string, flags: TrainFlags) => {
    context.setExitCode(await runTrain(folder, flags, context));
  });
}

async function runTrain(folder: string, flags: TrainFlags, { io }: CommandContext): Promise<number> {
  const out = flags.out ?? `${basename(resolve(folder))}.safetensors`;
  checkWritable(out);
  const started = performance.now();
  const session = openSession(io, flags);
  try {
    const model = await openModel(session.modelOptions);
    const training = createProgress(io, "train");
    const result = await trainOnFolder(model, folder, {
      ...session.encodeOptions,
      config: configOf(flags),
      checkpoint: `${out}.checkpoint`,
      onEpoch: ({ epoch, epochs, loss }) => training.update(epoch, epochs, `loss ${loss.toFixed(4)}`),
    });
    training.finish();
    if (result === undefined) {
      io.stderr("Stopped. What is done is kept: the same command goes on where it was.\n");
      return INTERRUPTED;
    }
    const bytes = saveAdapter(out, result.adapter);
    result.clearCheckpoint();
    report(
      { folder, out, result, session, json: flags.json === true },
      {
        bytes,
        seconds: (performance.now() - started) / 1000,
      },
    );
    return 0;
  } finally {
    session.close();
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
  readonly session: Session;
  readonly json: boolean;
}

function report(
  { folder, out, result, session, json }: Report,
  { bytes, seconds }: { bytes: number; seconds: number },
): void {
  const { io } = session;
  const { adapter, pictures, unreadable, passes } = result;
  const facts = {
    adapter: out,
    method: adapter.method,
    model: adapter.baseModel.id,
    classes: adapter.classNames,
    pictures: pictures.length,
    unreadable,
    config: adapter.config,
    textTowerPasses: passes,
    seconds,
    bytes,
  };
  if (json) {
    io.stdout(`${JSON.stringify(facts, null, 2)}\n`);
    return;
  }
  const count = `${adapter.classNames.length} classes from ${pictures.length} pictures`;
  io.stdout(`Learned ${count} in ${seconds.toFixed(1)} s.\nWrote ${out} (${formatBytes(bytes)}).\n\n`);
  io.stdout(
    `Try it:\n  lamm predict ${quote(out)} <picture>...\n  lamm evaluate ${quote(out)} ${quote(folder)}\n`,
  );
  listUnreadable(io, unreadable);
}

/** A path as a shell takes it. */
function quote(path: string): string {
  return /^[\w./~-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
