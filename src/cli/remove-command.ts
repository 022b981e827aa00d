import type { Command } from "commander";
import { findClass } from "../training/find-class.ts";
import { readAdapter } from "../training/node/read-adapter.ts";
import { saveAdapter } from "../training/node/save-adapter.ts";
import { removeClass } from "../training/remove-class.ts";
import { CALIBRATION_DROPPED } from "./add-command.ts";
import { checkOutFile } from "./check-out-file.ts";
import type { CommandContext } from "./command-context.ts";
import { formatBytes } from "./progress.ts";

interface RemoveFlags {
  readonly out?: string;
  readonly json?: boolean;
}

/** Adds `lamm remove`. */
export function addRemoveCommand(program: Command, context: CommandContext): void {
  program
    .command("remove")
    .description("take a class out of an adapter; nothing is trained")
    .argument("<adapter>", "file that `lamm train` wrote")
    .argument("<class>", 'name of the class, or its index from 0, such as "#2"')
    .option("--out <file>", "adapter to write (default: the same file)")
    .option("--json", "print the result as JSON")
    .action((path: string, wanted: string, flags: RemoveFlags) => {
      runRemove(path, wanted, flags, context);
    });
}

function runRemove(
  path: string,
  wanted: string,
  { out = path, json = false }: RemoveFlags,
  { io }: CommandContext,
): void {
  const before = readAdapter(path);
  const adapter = removeClass(before, wanted);
  const removed = before.classNames[findClass(before, wanted)] ?? "";
  checkOutFile(out);
  const bytes = saveAdapter(out, adapter);
  if (before.calibration) io.stderr(`lamm: ${CALIBRATION_DROPPED}\n`);
  const { classNames } = adapter;
  io.stdout(
    json
      ? `${JSON.stringify({ adapter: out, removed, classes: classNames, bytes }, null, 2)}\n`
      : `Removed "${removed}"; ${classNames.length} classes are left.\nWrote ${out} (${formatBytes(bytes)}).\n`,
  );
}
