import type { CommandIo } from "../../../src/cli/io.ts";
import { run } from "../../../src/cli/run.ts";

/** What a command did. */
export interface CommandRecord {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How the command's surroundings are. */
export interface Surroundings {
  readonly isTerminal?: boolean;
  readonly columns?: number;
  /** Folder of the models that come with the package; its own if not given. */
  readonly modelsFolder?: string;
  /** Given what Ctrl-C does, once the command listens. */
  readonly onListening?: (interrupt: () => void) => void;
  /** Called with each piece of stderr. */
  readonly onStderr?: (text: string) => void;
}

/** Runs the command line in this process and records what it writes. */
export async function runRecorded(
  argv: readonly string[],
  { isTerminal = false, columns = 80, modelsFolder, onListening, onStderr }: Surroundings = {},
): Promise<CommandRecord> {
  let stdout = "";
  let stderr = "";
  const io: CommandIo = {
    stdout: (text) => {
      stdout += text;
    },
    stderr: (text) => {
      stderr += text;
      onStderr?.(text);
    },
    isTerminal,
    columns,
    onInterrupt(callback) {
      onListening?.(callback);
      return () => undefined;
    },
  };
  const exitCode = await run(argv, io, modelsFolder === undefined ? {} : { modelsFolder });
  return { exitCode, stdout, stderr };
}
