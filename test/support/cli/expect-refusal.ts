import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { expect } from "vitest";
import type { CommandRecord } from "./run-recorded.ts";

const hashOf = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");

/**
 * Expects a command to end with exit code 1 and one line of error, with nothing on stdout and nothing lost or left behind.
 *
 * @param adapter file that must stay as it is, alone in its folder with no checkpoint or temporary file
 * @param message what the line matches
 */
export async function expectRefusal(
  adapter: string,
  command: Promise<CommandRecord>,
  message: string | RegExp,
): Promise<void> {
  const before = hashOf(adapter);
  const { exitCode, stdout, stderr } = await command;
  const errors = stderr.split("\n").filter((line) => !/^(encode pictures|train) |^$/.test(line));
  expect(errors).toEqual([expect.stringMatching(message)]);
  expect(errors[0]).toMatch(/^lamm: /);
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
  expect(hashOf(adapter)).toBe(before);
  expect(readdirSync(dirname(adapter)).filter((name) => /checkpoint|tmp/.test(name))).toEqual([]);
}
