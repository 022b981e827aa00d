import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { EngineError } from "../src/errors.ts";
import type { Row } from "./row.ts";
import type { Scenario } from "./scenario.ts";

const run = promisify(execFile);

/**
 * Runs a scenario in a process of its own: its peak of memory is then nobody else's.
 *
 * @throws {EngineError} if the process fails, for example for want of memory
 */
export async function runInChild(scenario: Scenario): Promise<Row[]> {
  try {
    const script = join(import.meta.dirname, "child.ts");
    const { stdout } = await run(process.execPath, [script, JSON.stringify(scenario)]);
    return JSON.parse(stdout) as Row[];
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    throw new EngineError({
      where: `bench, ${scenario.kind}`,
      expected: "a process that ends well",
      got,
      cause,
    });
  }
}
