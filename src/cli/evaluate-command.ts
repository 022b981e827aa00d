import type { Command } from "commander";
import { readImageFolder } from "../data/image-folder.ts";
import { type AdapterEvaluation, evaluateAdapter } from "../tasks/evaluate.ts";
import { readAdapter } from "../training/node/read-adapter.ts";
import type { CommandContext } from "./command-context.ts";
import { formatEvaluation } from "./format-evaluation.ts";
import { ADAPTER_MODEL_HELP, addCommonOptions, type CommonFlags } from "./options.ts";
import { listUnreadable, openSession } from "./session.ts";

/** Adds `lamm evaluate`. */
export function addEvaluateCommand(program: Command, context: CommandContext): void {
  const command = program
    .command("evaluate")
    .description("accuracy of an adapter on a folder of pictures, with zero-shot CLIP beside it")
    .argument("<adapter>", "file that `lamm train` wrote")
    .argument(
      "<folder>",
      "one sub-folder of pictures a class; a test folder in it is used where there is one",
    );
  addCommonOptions(command, ADAPTER_MODEL_HELP).action(
    async (path: string, folder: string, flags: CommonFlags) => {
      context.setExitCode(await runEvaluate(path, folder, flags, context));
    },
  );
}

async function runEvaluate(
  path: string,
  folder: string,
  flags: CommonFlags,
  context: CommandContext,
): Promise<number> {
  const adapter = readAdapter(path);
  // Before the model, which may have to be downloaded first.
  readImageFolder(folder);
  const { io } = context;
  const session = openSession(context, { ...flags, model: flags.model ?? adapter.baseModel.id });
  try {
    const model = await session.openModel();
    const result = await evaluateAdapter(model, adapter, folder, { ...session.encodeOptions, name: path });
    session.close();
    if (result === undefined) return session.stopped();
    io.stdout(flags.json ? `${JSON.stringify(asJson(path, result), null, 2)}\n` : formatResult(result));
    listUnreadable(io, result.unreadable);
    return 0;
  } finally {
    session.close();
  }
}

function formatResult({ classNames, adapter, zeroShot }: AdapterEvaluation): string {
  return formatEvaluation(
    classNames,
    { name: "adapter", evaluation: adapter },
    zeroShot && { name: "zero-shot", evaluation: zeroShot },
  );
}

function asJson(path: string, { split, classNames, adapter, zeroShot, unreadable }: AdapterEvaluation) {
  return { adapter: path, split, classNames, ...adapter, zeroShot, unreadable };
}
