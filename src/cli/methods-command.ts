import type { Command } from "commander";
import { describeMethod, type MethodDescription } from "../methods/describe-method.ts";
import { methods as allMethods, findMethod } from "../methods/methods.ts";
import type { CommandContext } from "./command-context.ts";
import { wrapText } from "./wrap-text.ts";

/** Adds `lamm methods`. */
export function addMethodsCommand(program: Command, { io }: CommandContext): void {
  program
    .command("methods")
    .description("what `lamm train --method` can be, and the options of each")
    .argument("[name]", "a method, to list its options")
    .option("--json", "print the result as JSON")
    .action((name: string | undefined, { json = false }: { readonly json?: boolean }) => {
      const found = name === undefined ? allMethods.map(describeMethod) : describeMethod(findMethod(name));
      io.stdout(
        json
          ? `${JSON.stringify(found, null, 2)}\n`
          : Array.isArray(found)
            ? formatList(found, io.columns)
            : formatMethod(found as MethodDescription, io.columns),
      );
    });
}

/** Width of the column of what a method needs. */
const NEEDS = 10;

function formatList(methods: readonly MethodDescription[], columns: number): string {
  const width = Math.max(...methods.map(({ name }) => name.length)) + 2;
  const lines = methods.map(
    ({ name, description, needs }) =>
      `${name.padEnd(width)}${needs.padEnd(NEEDS)}${wrapText(description, { columns, indent: width + NEEDS })}\n`,
  );
  return `${"method".padEnd(width)}${"needs".padEnd(NEEDS)}what it does\n${lines.join("")}\nlamm methods <name> lists the options of one.\n`;
}

function formatMethod(
  { name, title, description, source, needs, schedules, options }: MethodDescription,
  columns: number,
): string {
  const [schedule, ...others] = schedules;
  const also = others.length > 0 ? `, or ${others.join(", ")}` : "";
  return [
    wrapText(`${title} (${name}): ${description}`, { columns }),
    wrapText(`Source: ${source}`, { columns, indent: 2 }),
    `Needs: ${needs === "pictures" ? "pictures, as it trains through the image tower" : "image features; pictures are encoded once"}`,
    `Schedule: ${schedule === undefined ? "none; it is fitted at once" : `${schedule}${also}`}`,
    "",
    ...(options.length === 0 ? ["It has no options of its own."] : ["Options, --set name=value:"]),
    ...options.flatMap((option) => {
      const preset = option.default === undefined ? "" : ` (default: ${String(option.default)})`;
      return [
        `  ${option.name}: ${option.values}${preset}`,
        `      ${wrapText(option.description, { columns, indent: 6 })}`,
      ];
    }),
    "",
  ].join("\n");
}
