import { storageErrorOf } from "../tensor/node/storage-error.ts";

/** What a command may do to the world around it: tests give it another one. */
export interface CommandIo {
  /** Results. */
  stdout(text: string): void;
  /** Progress, notices and errors. */
  stderr(text: string): void;
  /** Whether progress can be redrawn in place. */
  readonly isTerminal: boolean;
  /** Columns of the terminal. */
  readonly columns: number;
  /**
   * Calls back at the first Ctrl-C; a second one ends the process as usual.
   *
   * @returns a function that stops listening
   */
  onInterrupt(callback: () => void): () => void;
}

/** The process's own streams and signals. Where standard output cannot be written to, the process ends with a line. */
export function createProcessIo(): CommandIo {
  process.stdout.on("error", endOnWriteFailure);
  // There is nobody left to tell, and the work may go on.
  process.stderr.on("error", () => {});
  return {
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
    isTerminal: process.stderr.isTTY === true,
    get columns() {
      // A terminal that does not know its width says 0.
      return process.stderr.columns || 80;
    },
    onInterrupt(callback) {
      process.once("SIGINT", callback);
      return () => process.off("SIGINT", callback);
    },
  };
}

function endOnWriteFailure(error: NodeJS.ErrnoException): void {
  // Who closes a pipe, such as `head`, has read enough.
  if (error.code === "EPIPE") process.exit(0);
  const { message } = storageErrorOf("standard output", error);
  process.stderr.write(`lamm: ${message}\n`);
  process.exit(1);
}
