import { hidePassword } from "../experiments/queue/queue-address.ts";
import { type CommandContext, INTERRUPTED } from "./command-context.ts";
import { quote } from "./quote.ts";

/**
 * Lets Ctrl-C end the work in an orderly way.
 *
 * @param until what is still finished, such as `this step`
 * @param warn writes a line to stderr
 * @returns a function that stops listening
 */
export function abortOnInterrupt(
  { io }: CommandContext,
  abort: AbortController,
  { until, warn }: { readonly until: string; readonly warn: (message: string) => void },
): () => void {
  return io.onInterrupt(() => {
    warn(`stopping after ${until}; press Ctrl-C again to stop at once`);
    abort.abort();
  });
}

/**
 * Says how to go on after Ctrl-C, and gives the exit code.
 *
 * @param kept what need not be done again
 */
export function tellHowToGoOn(
  { io }: CommandContext,
  argv: readonly string[],
  kept = "What is done is kept",
): number {
  io.stderr(`Stopped. ${kept}; to go on:\n  ${commandLine(argv)}\n`);
  return INTERRUPTED;
}

/** Arguments as one types them, passwords apart: it is printed, and kept beside results. */
export function commandLine(argv: readonly string[]): string {
  return `lamm ${argv.map((argument) => quote(hidePassword(argument))).join(" ")}`;
}
