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

/** The process's own streams and signals. */
export function createProcessIo(): CommandIo {
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
