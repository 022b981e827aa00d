import { type Command, InvalidArgumentError, Option } from "commander";
import { EMBEDDED_MODEL } from "../clip/node/embedded-model.ts";
import { nearestName } from "../methods/nearest-name.ts";
import type { Device } from "../runtime/runtime.ts";
import { DEFAULT_MODEL } from "../tasks/default-model.ts";

/** Options that every command takes. */
export interface CommonFlags {
  readonly model?: string;
  readonly tokenizer?: string;
  readonly device?: Device;
  readonly threads?: number;
  readonly cache: boolean;
  readonly json?: boolean;
}

/** Adds the options that every command takes. */
export function addCommonOptions(command: Command, modelHelp: string): Command {
  return command
    .option("--model <id or path>", modelHelp)
    .option("--tokenizer <id or path>", "tokenizer.json, where the model has none beside it")
    .addOption(choiceOption("--device <name>", "where to run", ["cpu", "webgpu", "cuda"]))
    .option("--threads <n>", "threads of the engine (default: all cores)", wholeNumber(1))
    .option("--no-cache", "compute all image features anew, and keep none")
    .option("--json", "print the result as JSON");
}

/** Help of `--model` where any model will do. */
export const MODEL_HELP = `CLIP to use: a folder, a file, or a hub id (default: ${DEFAULT_MODEL}, or ${EMBEDDED_MODEL} where that cannot be had)`;

/** Help of `--model` where an adapter says which model it needs. */
export const ADAPTER_MODEL_HELP = "the CLIP that the adapter was trained for, where it is elsewhere now";

/** An option with a fixed set of values; a mistyped one is answered with the nearest. */
export function choiceOption(flags: string, description: string, choices: readonly string[]): Option {
  const option = new Option(flags, `${description} (${choices.join(", ")})`);
  option.argParser((value: string) => {
    if (choices.includes(value)) return value;
    const nearest = nearestName(value, choices);
    const hint = nearest === undefined ? "" : ` Did you mean "${nearest}"?`;
    throw new InvalidArgumentError(`Expected one of ${choices.join(", ")}.${hint}`);
  });
  return option;
}

/** Parses a whole number of at least `least`, and at most `most`. */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (value.trim() === "" || !Number.isSafeInteger(number) || number < least || number > most) {
      const end = most === Number.MAX_SAFE_INTEGER ? "" : ` to ${most}`;
      throw new InvalidArgumentError(`Expected a whole number from ${least}${end}.`);
    }
    return number;
  };
}

/** Parses a number that is not negative. */
export function nonNegative(value: string): number {
  const number = Number(value);
  if (value.trim() === "" || !Number.isFinite(number) || number < 0) {
    throw new InvalidArgumentError("Expected a number from 0.");
  }
  return number;
}

/** Parses a number above 0. */
export function positive(value: string): number {
  const number = Number(value);
  if (!Number.isFinite(number) || number <= 0) throw new InvalidArgumentError("Expected a number above 0.");
  return number;
}

/** Parses `shared`, `all`, or a whole number from 1. */
export function tokenCount(value: string): "shared" | "all" | number {
  if (value === "shared" || value === "all") return value;
  const nearest = nearestName(value, ["shared", "all"]);
  const number = Number(value);
  if (Number.isSafeInteger(number) && number >= 1) return number;
  const hint = nearest === undefined ? "" : ` Did you mean "${nearest}"?`;
  throw new InvalidArgumentError(`Expected shared, all, or a whole number from 1.${hint}`);
}

/** Parses a list with commas between its members, each once. */
export function listOf(value: string): readonly string[] {
  const members = value.split(",").flatMap((name) => (name.trim() === "" ? [] : [name.trim()]));
  if (members.length === 0)
    throw new InvalidArgumentError("Expected a list with commas between its members.");
  return [...new Set(members)];
}
