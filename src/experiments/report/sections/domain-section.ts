import { isPaperModel } from "../../published/paper.ts";
import { canonicalTarget, domainAccuracies, domainTargets } from "../../published/published-domain.ts";
import { shotsPhrase } from "../../shots-phrase.ts";
import { barFigure } from "../bar-figure.ts";
import type { ReportBlock, TableBlock } from "../report-document.ts";
import { type SummaryColumn, summaryTable } from "../summary-table.ts";
import { againstLamm } from "./compared.ts";
import {
  AVERAGE,
  type DomainPart,
  domainColumns,
  domainCompared,
  domainParts,
  TARGET_AVERAGE,
  targetOf,
} from "./domain-parts.ts";
import {
  areAsPublished,
  eachDataset,
  methodLines,
  type SectionInput,
  slug,
  styleOf,
} from "./section-input.ts";

/**
 * Accuracy on the data set that was learned from and on its relatives: a table and bars for each source and shots, of sources with the
 * same relatives for their mean.
 */
export function domainSection(input: SectionInput): readonly ReportBlock[] {
  return domainParts(input.rows, input.datasets).flatMap((part) => writePart(part, input));
}

/** What is shown of one source, or of several with the same targets. */
function writePart(part: DomainPart, input: SectionInput): readonly ReportBlock[] {
  const { rows, sources, shots, targets } = part;
  const { model, styles } = input;
  const name = `${shotsPhrase(shots)}, ${model}`;
  const table = (some: readonly string[]): TableBlock =>
    summaryTable({
      caption: `Learned from ${nameOf(some)}, ${name}: test accuracy in %; the average is over the source and its targets`,
      first: "method",
      columns: domainColumns(some, targets),
      lines: methodLines(rows, publishedColumn({ ...part, sources: some }, input)),
    });
  const slugs = sources.length === 1 ? sources.map(slug) : ["all"];
  return [
    table(sources),
    ...barFigure({
      name: ["domain", ...slugs, shots, slug(model)].join("-"),
      caption: `Learned from ${nameOf(sources)}, ${name}: test accuracy in %.`,
      columns: domainColumns(sources, targets),
      lines: methodLines(rows).map((line) => ({ ...line, style: styleOf(styles, line.method) })),
    }),
    ...againstLamm(domainCompared(part), {
      name: `Learned from ${nameOf(sources)}, ${name}: each method against LAMM`,
      heading: "on",
      textOf: ({ label }) => label,
    }),
    ...(sources.length > 1 ? eachDataset(sources, (source) => table([source])) : []),
  ];
}

function nameOf(sources: readonly string[]): string {
  const [only = ""] = sources;
  return sources.length === 1 ? only : `each of ${sources.length} data sets, their mean`;
}

function publishedColumn({ sources, shots, targets }: DomainPart, input: SectionInput) {
  const isPublished = sources.join() === "ImageNet" && areAsPublished(sources, input);
  if (!isPublished || !isPaperModel(input.model) || (shots !== 16 && shots !== 0)) return undefined;
  return (method: string) => publishedBy(method, targets);
}

/** The paper's average is over ImageNet, V2 and Sketch: it stands beside ours where ours is over these. */
function publishedBy(method: string, targets: readonly string[]) {
  const known = Object.hasOwn(domainAccuracies, method) ? domainAccuracies[method] : undefined;
  if (known === undefined) return undefined;
  const isSameAverage = targets.map(canonicalTarget).sort().join() === [...domainTargets].sort().join();
  return ({ metric }: SummaryColumn) => {
    if (metric === "accuracy") return known.source;
    if (metric === AVERAGE) return isSameAverage ? known.average : undefined;
    if (metric === TARGET_AVERAGE) return undefined;
    return known.targets[canonicalTarget(targetOf(metric) ?? "")];
  };
}
