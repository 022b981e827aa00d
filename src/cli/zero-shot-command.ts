import type { Command } from "commander";
import { checkPictureSource } from "../tasks/open-picture-source.ts";
import { DEFAULT_TEMPLATE, type ZeroShotResult, zeroShotOnSource } from "../tasks/zero-shot.ts";
import type { CommandContext } from "./command-context.ts";
import { formatEvaluation } from "./format-evaluation.ts";
import { addCommonOptions, type CommonFlags, MODEL_HELP } from "./options.ts";
import { listUnreadable, openSession } from "./session.ts";

interface ZeroShotFlags extends CommonFlags {
  readonly template?: readonly string[];
}

/** Adds `lamm zero-shot`. */
export function addZeroShotCommand(program: Command, context: CommandContext): void {
  const command = program
    .command("zero-shot")
    .description("accuracy of CLIP by the class names alone")
    .argument(
      "<folder>",
      "one sub-folder of pictures a class, a test folder in it where there is one; or a file of features",
    )
    .option(
      "--template <text...>",
      `prompt with {} for the class name; several are averaged (default: "${DEFAULT_TEMPLATE}")`,
    );
  addCommonOptions(command, MODEL_HELP).action(async (folder: string, flags: ZeroShotFlags) => {
    context.setExitCode(await runZeroShot(folder, flags, context));
  });
}

async function runZeroShot(folder: string, flags: ZeroShotFlags, context: CommandContext): Promise<number> {
  // Before the model, which may have to be downloaded first.
  checkPictureSource(folder);
  const { io } = context;
  const session = openSession(context, flags);
  try {
    const source = await session.openSource(folder);
    const templates = flags.template === undefined ? {} : { templates: flags.template };
    const result = await zeroShotOnSource(source, { ...session.encodeOptions, ...templates });
    session.close();
    if (result === undefined) return session.stopped();
    io.stdout(
      flags.json ? `${JSON.stringify(asJson(source.baseModel.id, result), null, 2)}\n` : formatResult(result),
    );
    listUnreadable(io, result.unreadable);
    return 0;
  } finally {
    session.close();
  }
}

function formatResult({ classNames, evaluation }: ZeroShotResult): string {
  return formatEvaluation(classNames, { name: "zero-shot", evaluation });
}

function asJson(model: string, { evaluation, ...rest }: ZeroShotResult) {
  return { model, ...rest, ...evaluation };
}
