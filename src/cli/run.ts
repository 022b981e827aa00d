import { Command, CommanderError } from "commander";
import { LammError } from "../errors.ts";
import { VERSION } from "../version.ts";
import { addAddCommand } from "./add-command.ts";
import type { CommandContext } from "./command-context.ts";
import { addCompareCommand } from "./compare-command.ts";
import { addDatasetsCommand } from "./datasets-command.ts";
import { addDemoCommand } from "./demo-command.ts";
import { addDoctorCommand } from "./doctor-command.ts";
import { addEvaluateCommand } from "./evaluate-command.ts";
import { addExperimentCommand } from "./experiment-command.ts";
import { addExplainCommand } from "./explain-command.ts";
import type { CommandIo } from "./io.ts";
import { addMethodsCommand } from "./methods-command.ts";
import { addPredictCommand } from "./predict-command.ts";
import { addPretrainCommand } from "./pretrain-command.ts";
import { addRemoveCommand } from "./remove-command.ts";
import { addRenameCommand } from "./rename-command.ts";
import { addReportCommand } from "./report-command.ts";
import { addTrainCommand } from "./train-command.ts";
import { addWorkerCommand } from "./worker-command.ts";
import { addZeroShotCommand } from "./zero-shot-command.ts";

/**
 * Runs the command line.
 *
 * @param argv arguments, without the program's name
 * @param options `modelsFolder` is the folder of the models that come with the package, where it is elsewhere
 * @returns the exit code: 0, 1 after an error, 2 after a wrong argument, 130 after Ctrl-C
 */
export async function run(
  argv: readonly string[],
  io: CommandIo,
  options: Pick<CommandContext, "modelsFolder"> = {},
): Promise<number> {
  let exitCode = 0;
  const program = createProgram({
    ...options,
    io,
    argv,
    setExitCode: (code) => {
      exitCode = code;
    },
  });
  try {
    await program.parseAsync(argv, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    // What we know is told in a line; what we do not know needs its stack.
    io.stderr(error instanceof LammError ? `lamm: ${error.message}\n` : `${stackOf(error)}\n`);
    return 1;
  }
}

function createProgram(context: CommandContext): Command {
  const { io } = context;
  const program = new Command("lamm")
    .description(
      "Few-shot image classification with CLIP: learns what your labels mean from a few pictures of each.",
    )
    .version(VERSION)
    .helpCommand(false)
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .showHelpAfterError("Add --help to see what there is.")
    .exitOverride()
    .configureOutput({
      writeOut: io.stdout,
      writeErr: io.stderr,
      getOutHelpWidth: () => io.columns,
      getErrHelpWidth: () => io.columns,
      outputError: (message, write) => write(oneLine(message)),
    });
  addTrainCommand(program, context);
  addCompareCommand(program, context);
  addEvaluateCommand(program, context);
  addPredictCommand(program, context);
  addZeroShotCommand(program, context);
  addAddCommand(program, context);
  addRemoveCommand(program, context);
  addRenameCommand(program, context);
  addExplainCommand(program, context);
  addMethodsCommand(program, context);
  addPretrainCommand(program, context);
  addDatasetsCommand(program, context);
  addReportCommand(program, context);
  addDemoCommand(program, context);
  addExperimentCommand(program, context);
  addWorkerCommand(program, context);
  addDoctorCommand(program, context);
  return program;
}

/** Commander's message as ours are: after the program's name, with the nearest name in the same line. */
function oneLine(message: string): string {
  return `${message
    .replace(/^error: /, "lamm: ")
    .trimEnd()
    .replaceAll("\n", " ")}\n`;
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
