import { createProcessIo } from "./io.ts";
import { run } from "./run.ts";

process.exitCode = await run(process.argv.slice(2), createProcessIo());
// Not when nothing is left to do: the connection to a hub that does not answer, though given up, would hold the process
// for ten seconds. Where the output cannot be written, its own handler ends the process.
process.stdout.write("", (failure) => {
  if (!failure) process.stderr.write("", () => process.exit());
});
