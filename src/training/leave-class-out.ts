import { areaUnderRoc } from "./area-under-roc.ts";
import { checkLabelledLogits, type LabelledLogits } from "./labelled-logits.ts";
import { familiarityOf, type Rejection } from "./rejection.ts";

/** How well pictures of classes that are not there would be told apart from those that are. */
export interface LeaveClassOut {
  /** Mean over the classes left out of the area under the ROC curve, in [0, 1]; 0.5 is guessing. */
  readonly areaUnderRoc: number;
  /** Share of pictures that would be rejected if their class were not there, in [0, 1]. */
  readonly unknownRejected: number;
}

/** A picture's logits without the class that is left out. */
interface Summary {
  readonly label: number;
  readonly sum: number;
  readonly best: number;
  readonly largest: number;
  readonly second: number;
}

/**
 * Estimates how well unknown pictures are recognised, from known ones: each class in turn is taken out of the logits, and
 * its pictures are the unknown ones. It is what would come out of training without the class where a class's logits do not
 * depend on the others (zero-shot, class means), and close to it for methods that learn classes together. Unknown pictures
 * that look like none of the classes are easier: this is about those that might have been one.
 *
 * @param labelled out-of-sample, of C > 1 classes
 * @param rejection as fitted to the same logits
 * @returns NaN where there is a single class
 * @throws {DataError} if logits and labels do not fit together
 */
export function leaveClassOut(labelled: LabelledLogits, { threshold }: Rejection): LeaveClassOut {
  checkLabelledLogits("leaveClassOut", labelled);
  const [, classes = 0] = labelled.logits.shape;
  const summaries = summarize(labelled);
  const score = ({ sum, best, largest, second }: Summary, logit: number, out: number) =>
    familiarityOf({ largest: best === out ? second : largest, sum: sum - logit, classCount: classes - 1 });
  const areas: number[] = [];
  let rejected = 0;
  for (const out of new Set(labelled.labels)) {
    const known: number[] = [];
    const unknown: number[] = [];
    summaries.forEach((summary, picture) => {
      const logit = labelled.logits.data[picture * classes + out]!;
      (summary.label === out ? unknown : known).push(score(summary, logit, out));
    });
    rejected += unknown.filter((familiarity) => familiarity < threshold).length;
    areas.push(areaUnderRoc(known, unknown));
  }
  const mean = areas.reduce((sum, area) => sum + area, 0) / areas.length;
  return { areaUnderRoc: mean, unknownRejected: classes === 1 ? Number.NaN : rejected / summaries.length };
}

/** One pass over the logits, so that leaving a class out takes no second one. */
function summarize({ logits, labels }: LabelledLogits): Summary[] {
  const [, classes = 0] = logits.shape;
  return labels.map((label, picture) => {
    let [sum, best, largest, second] = [0, -1, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let c = 0; c < classes; c++) {
      const logit = logits.data[picture * classes + c]!;
      sum += logit;
      if (logit > largest) [best, largest, second] = [c, logit, largest];
      else if (logit > second) second = logit;
    }
    return { label, sum, best, largest, second };
  });
}
