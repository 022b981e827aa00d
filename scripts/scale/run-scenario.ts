import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { EngineError } from "../../src/errors.ts";
import type { ScaleKey, ScaleNumbers } from "./cell.ts";
import type { ScaleScenario } from "./scenario.ts";

const run = promisify(execFile);

/** Which measurement a scenario is. */
export function keyOf(scenario: ScaleScenario): ScaleKey {
  switch (scenario.kind) {
    case "step":
    case "whole step":
      return { kind: scenario.kind, size: scenario.classes, names: scenario.nameLengths.join("-") };
    case "evaluation":
      return { kind: scenario.kind, size: scenario.classes };
    case "cache":
      return { kind: scenario.kind, size: scenario.rows };
    case "shots":
      return { kind: scenario.kind, size: scenario.pictures };
  }
}

/**
 * Measures a scenario in a process of its own: its peak of memory is then nobody else's.
 *
 * @throws {EngineError} if the process fails, for example for want of memory
 */
export async function runScenario(scenario: ScaleScenario): Promise<ScaleNumbers> {
  try {
    const script = join(import.meta.dirname, "child.ts");
    const { stdout } = await run(process.execPath, [script, JSON.stringify(scenario)]);
    return JSON.parse(stdout) as ScaleNumbers;
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    const expected = "a process that ends well";
    throw new EngineError({ where: `scale, ${scenario.kind}`, expected, got, cause });
  }
}
