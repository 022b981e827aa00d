import type { Command } from "commander";
import { isFeatureFile } from "../data/feature-file.ts";
import { type AdapterEvaluation, evaluateOnSource } from "../tasks/evaluate.ts";
import { checkModelKnown } from "../tasks/feature-source.ts";
import { checkPictureSource } from "../tasks/open-picture-source.ts";
import { readAdapter } from "../training/node/read-adapter.ts";
import { withModelOf } from "./adapter-model.ts";
import type { CommandContext } from "./command-context.ts";
import { formatDoubts, formatDuplicates } from "./format-doubts.ts";
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
      "one sub-folder of pictures a class, a test folder in it where there is one; or a file of features",
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
  checkPictureSource(folder);
  if (!isFeatureFile(folder)) checkModelKnown(path, adapter);
  const { io } = context;
  const session = openSession(context, withModelOf(flags, adapter));
  try {
    const source = await session.openSource(folder);
    const result = await evaluateOnSource(source, adapter, { ...session.encodeOptions, name: path });
    session.close();
    if (result === undefined) return session.stopped();
    io.stdout(flags.json ? `${JSON.stringify(asJson(path, result), null, 2)}\n` : formatResult(result));
    listUnreadable(io, result.unreadable);
    return 0;
  } finally {
    session.close();
  }
}

function formatResult(result: AdapterEvaluation): string {
  const { classNames, adapter, zeroShot, nearDuplicates } = result;
  const table = formatEvaluation(
    classNames,
    { name: "adapter", evaluation: adapter },
    zeroShot && { name: "zero-shot", evaluation: zeroShot },
  );
  const duplicates = nearDuplicates ? formatDuplicates(nearDuplicates) : "";
  return `${table}\n${formatDoubts(result)}${duplicates && `\n${duplicates}`}`;
}

function asJson(path: string, { adapter, split, classNames, ...rest }: AdapterEvaluation) {
  return { adapter: path, split, classNames, ...adapter, ...rest };
}
