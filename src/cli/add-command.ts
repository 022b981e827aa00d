import type { Command } from "commander";
import { DataError } from "../errors.ts";
import { type AddClassesResult, addClasses } from "../tasks/add-classes.ts";
import { type AdditionEvaluation, checkOldTest, evaluateAddition } from "../tasks/evaluate-addition.ts";
import type { OpenModel } from "../tasks/open-model.ts";
import { checkPictureSource } from "../tasks/open-picture-source.ts";
import { readAdapter } from "../training/node/read-adapter.ts";
import { saveAdapter } from "../training/node/save-adapter.ts";
import {
  type AdditionConfigInput,
  additionConfig,
  findIncrementalMethod,
} from "../training/plan-addition.ts";
import { MAX_VIEWS } from "../training/train-config.ts";
import { withModelOf } from "./adapter-model.ts";
import { checkOutFile } from "./check-out-file.ts";
import { type CommandContext, INTERRUPTED } from "./command-context.ts";
import { additionAsJson, formatAddition } from "./format-addition.ts";
import {
  ADAPTER_MODEL_HELP,
  addCommonOptions,
  type CommonFlags,
  choiceOption,
  positive,
  wholeNumber,
} from "./options.ts";
import { listUnreadable, openSession, type Session } from "./session.ts";

interface AddFlags
  extends CommonFlags,
    Pick<
      AdditionConfigInput,
      "shots" | "seed" | "views" | "schedule" | "epochs" | "batchSize" | "learningRate"
    > {
  readonly out?: string;
  readonly negatives?: "old" | "none";
  readonly oldTest?: string;
}

/** Adds `lamm add`. */
export function addAddCommand(program: Command, context: CommandContext): void {
  const command = program
    .command("add")
    .summary("let new classes join an adapter, whose own stay as they are")
    .description(
      "let new classes join an adapter; its own stay as they are, and say how the new ones are learned where no flag does",
    )
    .argument("<adapter>", "file that `lamm train` wrote")
    .argument(
      "<folder>",
      "one sub-folder of pictures a new class, below train and test folders where there are such; or a file of features",
    )
    .option("--out <file>", "adapter to write (default: the same file, replaced at the end)")
    .addOption(
      choiceOption("--negatives <which>", "what new classes learn to be told from (default: old)", [
        "old",
        "none",
      ]),
    )
    .option("--old-test <folder>", "pictures of the old classes, to test on these and all together")
    .option("--shots <n>", "pictures of each new class to learn from", wholeNumber(1))
    .option("--seed <n>", "seed of all random draws", wholeNumber(0))
    .option("--views <n>", "augmented views of each picture", wholeNumber(1, MAX_VIEWS))
    .addOption(choiceOption("--schedule <name>", "few large steps, or the paper's", ["fast", "published"]))
    .option("--epochs <n>", "epochs of the published schedule, evaluations of the fast one", wholeNumber(1))
    .option("--batch-size <n>", "pictures a step of the published schedule", wholeNumber(1))
    .option("--learning-rate <x>", "of the published schedule", positive);
  addCommonOptions(command, ADAPTER_MODEL_HELP).action(
    async (path: string, folder: string, flags: AddFlags) => {
      context.setExitCode(await runAdd({ path, folder }, flags, context));
    },
  );
}

async function runAdd(
  { path, folder }: { readonly path: string; readonly folder: string },
  flags: AddFlags,
  context: CommandContext,
): Promise<number> {
  const { out = path, negatives, oldTest, shots, seed, views, schedule } = flags;
  const { epochs, batchSize, learningRate } = flags;
  const config = { shots, seed, views, schedule, epochs, batchSize, learningRate };
  const adapter = readAdapter(path);
  // Before the model, which may have to be downloaded first.
  findIncrementalMethod(adapter);
  additionConfig(adapter, config);
  checkPictureSource(folder, { minClasses: 1 });
  if (oldTest !== undefined) checkPictureSource(oldTest, { minClasses: 1 });
  checkOutFile(out, [folder, oldTest]);
  const started = performance.now();
  const session = openSession(context, withModelOf(flags, adapter));
  try {
    const opened = await session.openModel();
    if (oldTest !== undefined) checkOldTest(opened, adapter, oldTest, path);
    let note = "";
    const result = await addClasses(opened, adapter, folder, {
      ...session.encodeOptions,
      name: path,
      config,
      ...(negatives && { negatives }),
      checkpoint: `${out}.checkpoint`,
      onEpoch: ({ epoch, epochs, loss }) => {
        note = `, loss ${loss.toFixed(4)}`;
        session.training.update(epoch, epochs, note.slice(2));
      },
    });
    session.training.finish(result && `done${note}`);
    if (result === undefined) {
      session.close();
      return session.stopped();
    }
    const bytes = saveAdapter(out, result.adapter);
    result.clearCheckpoint();
    const seconds = (performance.now() - started) / 1000;
    if (adapter.calibration) session.encodeOptions.onNotice?.(CALIBRATION_DROPPED);
    const evaluation = await evaluate(opened, result, { folder, oldTest, session });
    session.close();
    const facts = { out, result, evaluation, bytes, seconds, oldTest };
    session.io.stdout(
      flags.json ? `${JSON.stringify(additionAsJson(facts), null, 2)}\n` : formatAddition(facts),
    );
    listUnreadable(session.io, [...result.unreadable, ...(evaluation?.unreadable ?? [])]);
    return session.encodeOptions.signal.aborted ? INTERRUPTED : 0;
  } finally {
    session.close();
  }
}

/** Notice where an adapter loses its calibration with a change of its classes. */
export const CALIBRATION_DROPPED =
  "the adapter's calibration was measured with other classes, and was dropped; `lamm train --calibrate` on all of them makes a new one";

/** Tests what there are pictures for. The adapter is written: that it cannot be tested is worth a line, but does not make the command fail. */
async function evaluate(
  model: OpenModel,
  { adapter, added }: AddClassesResult,
  {
    folder,
    oldTest,
    session,
  }: { readonly folder: string; readonly oldTest: string | undefined; readonly session: Session },
): Promise<AdditionEvaluation | undefined> {
  try {
    return await evaluateAddition(model, adapter, {
      ...session.encodeOptions,
      path: folder,
      added: added.length,
      ...(oldTest !== undefined && { oldTest }),
    });
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    session.encodeOptions.onNotice?.(error.message);
    return undefined;
  }
}
