import type { Command } from "commander";
import { findClass } from "../training/find-class.ts";
import { readAdapter } from "../training/node/read-adapter.ts";
import { saveAdapter } from "../training/node/save-adapter.ts";
import { renameClass } from "../training/rename-class.ts";
import { checkOutFile } from "./check-out-file.ts";
import type { CommandContext } from "./command-context.ts";
import { formatBytes } from "./progress.ts";

interface RenameFlags {
  readonly out?: string;
  readonly json?: boolean;
}

/** Adds `lamm rename`. */
export function addRenameCommand(program: Command, context: CommandContext): void {
  program
    .command("rename")
    .description("call a class of an adapter by another name; what it learned stays")
    .argument("<adapter>", "file that `lamm train` wrote")
    .argument("<class>", 'name of the class, or its index from 0, such as "#2"')
    .argument("<name>", "its new name")
    .option("--out <file>", "adapter to write (default: the same file)")
    .option("--json", "print the result as JSON")
    .action((path: string, wanted: string, name: string, flags: RenameFlags) => {
      runRename(path, { wanted, name }, flags, context);
    });
}

function runRename(
  path: string,
  { wanted, name }: { readonly wanted: string; readonly name: string },
  { out = path, json = false }: RenameFlags,
  { io }: CommandContext,
): void {
  const before = readAdapter(path);
  const adapter = renameClass(before, wanted, name);
  checkOutFile(out);
  const bytes = saveAdapter(out, adapter);
  const c = findClass(before, wanted);
  const [from = "", to = ""] = [before, adapter].map(({ classNames }) => classNames[c]);
  io.stdout(
    json
      ? `${JSON.stringify({ adapter: out, from, to, classes: adapter.classNames, bytes }, null, 2)}\n`
      : `"${from}" is called "${to}" now.\nWrote ${out} (${formatBytes(bytes)}).\n`,
  );
}
