import type { Runtime } from "../../src/runtime/runtime.ts";
import type { CaseResult } from "./check.ts";
import type { GoldenFolder } from "./golden-folder.ts";

/** What a case is run with. */
export interface CaseContext {
  readonly golden: GoldenFolder;
  readonly runtime: Runtime;
  /** Name of the case, that of its files without their extension. */
  readonly name: string;
}

/**
 * Runs one case.
 *
 * @throws {LammError} if a file of it is missing or damaged
 */
export type RunCase = (context: CaseContext) => Promise<CaseResult>;
