import type { CaseContext } from "./case-kind.ts";
import { type CaseResult, type Check, failure } from "./check.ts";
import type { GoldenCheckpoint } from "./golden-folder.ts";

/** Compares every stored form of a case's checkpoint; a form that fails is a miss of its own, and the others are still compared. */
export async function compareEachForm(
  context: CaseContext,
  compare: (context: CaseContext, checkpoint: GoldenCheckpoint) => Promise<readonly Check[]>,
): Promise<CaseResult> {
  const checks: Check[] = [];
  for (const checkpoint of context.golden.checkpointsOf(context.name)) {
    try {
      checks.push(...(await compare(context, checkpoint)));
    } catch (error) {
      checks.push(failure(checkpoint.form, error));
    }
  }
  return { checks };
}
