import type { RunCase } from "./case-kind.ts";
import { runContrastive } from "./cases/contrastive.ts";
import { runEncode } from "./cases/encode.ts";
import { runFewShotSampling } from "./cases/few-shot-sampling.ts";
import { runHierarchicalLoss } from "./cases/hierarchical-loss.ts";
import { runPreprocess } from "./cases/preprocess.ts";
import { runPromptTraining } from "./cases/prompt-training.ts";

/** How the cases with these names are run. */
interface CaseKind {
  readonly names: RegExp;
  readonly run: RunCase;
}

/** The kinds of cases that are covered; the first whose pattern fits a name runs it. */
const caseKinds: readonly CaseKind[] = [
  { names: /^encode-/, run: runEncode },
  { names: /^hierarchical-loss$/, run: runHierarchicalLoss },
  { names: /^(lamm|coop|cocoop|maple)(-|$)/, run: runPromptTraining },
  { names: /^contrastive/, run: runContrastive },
  { names: /^preprocess$/, run: runPreprocess },
  { names: /^few-shot-sampling$/, run: runFewShotSampling },
];

/** What runs the case of a name; `undefined` where no kind covers it. */
export function findCaseKind(name: string): RunCase | undefined {
  return caseKinds.find(({ names }) => names.test(name))?.run;
}
