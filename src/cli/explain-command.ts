import type { Command } from "commander";
import { explainAdapter } from "../tasks/explain-adapter.ts";
import { checkExplainable } from "../training/explain-prompts.ts";
import { readAdapter } from "../training/node/read-adapter.ts";
import { withModelOf } from "./adapter-model.ts";
import type { CommandContext } from "./command-context.ts";
import { formatExplanation } from "./format-explanation.ts";
import { ADAPTER_MODEL_HELP, addCommonOptions, type CommonFlags, wholeNumber } from "./options.ts";
import { openSession } from "./session.ts";

interface ExplainFlags extends CommonFlags {
  readonly top?: number;
}

/** Adds `lamm explain`. */
export function addExplainCommand(program: Command, context: CommandContext): void {
  const command = program
    .command("explain")
    .description("learned prompts in words: the tokens of the vocabulary nearest to each learned vector")
    .argument("<adapter>", "file that `lamm train` wrote")
    .option("--top <k>", "tokens to list for each vector (default: 5)", wholeNumber(1));
  addCommonOptions(command, ADAPTER_MODEL_HELP).action(async (path: string, flags: ExplainFlags) => {
    await runExplain(path, flags, context);
  });
}

async function runExplain(path: string, flags: ExplainFlags, context: CommandContext): Promise<void> {
  const adapter = readAdapter(path);
  // Before the model, which may have to be downloaded first.
  checkExplainable(adapter);
  const session = openSession(context, withModelOf(flags, adapter));
  try {
    const model = await session.openModel();
    const { top } = flags;
    const found = explainAdapter(model, adapter, { name: path, ...(top !== undefined && { top }) });
    session.close();
    context.io.stdout(
      flags.json
        ? `${JSON.stringify({ adapter: path, model: model.baseModel.id, ...found }, null, 2)}\n`
        : formatExplanation(found),
    );
  } finally {
    session.close();
  }
}
