import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import type { CommandRecord } from "./run-recorded.ts";

const MAIN = join(import.meta.dirname, "..", "..", "..", "src", "cli", "main.ts");

/** What a finished process leaves; the exit code is -1 where a signal ended it. */
export interface ProcessRecord extends CommandRecord {
  readonly signal: NodeJS.Signals | null;
}

/** A running command. */
export interface CommandProcess {
  /** Sends a signal. */
  kill(signal: NodeJS.Signals): void;
  /** Settles when the process has ended. */
  readonly ended: Promise<ProcessRecord>;
}

/** What happens around a process. */
export interface ProcessOptions {
  readonly cwd?: string;
  /** Largest file that it may write, in units of 1,024 bytes, as bash's `ulimit -f` counts. */
  readonly fileLimit?: number;
  /** File that standard output goes to, instead of the record. */
  readonly stdoutFile?: string;
  /** Ends standard output's reader at once, as `head` does when it has read enough. */
  readonly closeStdout?: boolean;
  /** Environment variables besides this process's. */
  readonly env?: Readonly<Record<string, string>>;
  /** Called with each piece of stderr. */
  readonly onStderr?: (text: string) => void;
}

/** Starts the command line in a process of its own. */
export function startProcess(argv: readonly string[], options: ProcessOptions = {}): CommandProcess {
  const { cwd, fileLimit, stdoutFile, closeStdout = false, env, onStderr } = options;
  const command = [process.execPath, MAIN, ...argv];
  // The shell gives way to the command, so that signals reach it.
  const limited = ["bash", "-c", `ulimit -f ${fileLimit}; trap '' XFSZ; exec "$@"`, "bash", ...command];
  const [program = "", ...args] = fileLimit === undefined ? command : limited;
  const stdoutDescriptor = stdoutFile === undefined ? undefined : openSync(stdoutFile, "w");
  const child = spawn(program, args, {
    stdio: ["ignore", stdoutDescriptor ?? "pipe", "pipe"],
    env: { ...process.env, ...env },
    ...(cwd !== undefined && { cwd }),
  });
  let stdout = "";
  let stderr = "";
  if (stdoutDescriptor !== undefined) closeSync(stdoutDescriptor);
  if (closeStdout) child.stdout?.destroy();
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    onStderr?.(text);
  });
  const ended = new Promise<ProcessRecord>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ exitCode: code ?? -1, signal, stdout, stderr }));
  });
  return { kill: (signal) => void child.kill(signal), ended };
}
