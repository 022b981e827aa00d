import type { Runtime } from "../../src/runtime/runtime.ts";
import { findCaseKind } from "./case-kinds.ts";
import { type CaseResult, failure, isMet } from "./check.ts";
import { type GoldenFolder, openGoldenFolder } from "./golden-folder.ts";

/** One case of a golden folder. */
export interface CaseReport {
  readonly name: string;
  readonly verdict: "ok" | "MISS" | "not covered";
  /** Absent where no kind of case covers it. */
  readonly result?: CaseResult;
}

/**
 * Runs every case of a golden folder that is covered. What is missing or damaged is a check of its case that failed.
 *
 * @param folder laid out like the project's golden values
 * @param runtime engine under test
 * @returns a report for each case, covered or not, in alphabetical order
 * @throws {StorageError} if the folder cannot be read
 */
export async function runParity(folder: string, runtime: Runtime): Promise<CaseReport[]> {
  const golden = openGoldenFolder(folder);
  const reports: CaseReport[] = [];
  for (const name of golden.caseNames) reports.push(await runCase(golden, name, runtime));
  return reports;
}

async function runCase(golden: GoldenFolder, name: string, runtime: Runtime): Promise<CaseReport> {
  const run = findCaseKind(name);
  if (run === undefined) return { name, verdict: "not covered" };
  let result: CaseResult;
  try {
    result = await run({ golden, runtime, name });
  } catch (error) {
    result = { checks: [failure("all", error)] };
  }
  const isOk = result.checks.length > 0 && result.checks.every(isMet);
  return { name, verdict: isOk ? "ok" : "MISS", result };
}
