import type { Command } from "commander";
import { checkPictures, type Prediction, predictPictures, rejectionOf } from "../tasks/predict.ts";
import { readAdapter } from "../training/node/read-adapter.ts";
import { percent } from "../training/percent.ts";
import { withModelOf } from "./adapter-model.ts";
import type { CommandContext } from "./command-context.ts";
import { ADAPTER_MODEL_HELP, addCommonOptions, type CommonFlags, wholeNumber } from "./options.ts";
import { listUnreadable, openSession } from "./session.ts";

interface PredictFlags extends CommonFlags {
  readonly top?: number;
  readonly unknown?: boolean;
}

/** Adds `lamm predict`. */
export function addPredictCommand(program: Command, context: CommandContext): void {
  const command = program
    .command("predict")
    .description("what pictures show, with probabilities")
    .argument("<adapter>", "file that `lamm train` wrote")
    .argument(
      "<picture or folder...>",
      "pictures, and folders whose pictures are meant; or a file of features",
    )
    .option("--top <k>", "classes to list for each picture (default: 3)", wholeNumber(1))
    .option(
      "--unknown",
      'say "none of these" of pictures unlike all classes (for adapters of train --calibrate)',
    );
  addCommonOptions(command, ADAPTER_MODEL_HELP).action(
    async (path: string, pictures: string[], flags: PredictFlags) => {
      context.setExitCode(await runPredict(path, pictures, flags, context));
    },
  );
}

async function runPredict(
  path: string,
  pictures: readonly string[],
  flags: PredictFlags,
  context: CommandContext,
): Promise<number> {
  const adapter = readAdapter(path);
  // Before the model, which may have to be downloaded first.
  checkPictures(path, adapter, pictures);
  if (flags.unknown) rejectionOf(path, adapter);
  const { io } = context;
  const session = openSession(context, withModelOf(flags, adapter));
  try {
    const model = await session.openFor(pictures.length === 1 ? (pictures[0] ?? "") : "");
    const top = flags.top === undefined ? {} : { top: flags.top };
    const result = await predictPictures(model, adapter, pictures, {
      ...session.encodeOptions,
      ...top,
      ...(flags.unknown && { unknown: true }),
      name: path,
    });
    session.close();
    if (result === undefined) return session.stopped();
    const { predictions, unreadable } = result;
    io.stdout(
      flags.json
        ? `${JSON.stringify({ adapter: path, ...result }, null, 2)}\n`
        : predictions.map(formatPrediction).join(""),
    );
    listUnreadable(io, unreadable);
    return 0;
  } finally {
    session.close();
  }
}

function formatPrediction({ path, unknown = false, guesses }: Prediction): string {
  const list = guesses.map(({ className, probability }) => `${className} ${percent(probability)}`).join(", ");
  return `${path}: ${unknown ? `none of these (nearest: ${list})` : list}\n`;
}
