import type { CommandIo } from "./io.ts";

/** Exit code of a command that Ctrl-C stopped, as shells have it. */
export const INTERRUPTED = 130;

/** What a command adds itself with: it sets the exit code where that is not 0. */
export interface CommandContext {
  readonly io: CommandIo;
  /** Arguments of the program, its name left out. */
  readonly argv: readonly string[];
  /** Folder of the models that come with the package, where it is not the installed package's. */
  readonly modelsFolder?: string;
  setExitCode(code: number): void;
}
