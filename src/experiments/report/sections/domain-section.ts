import { isPaperModel } from "../../published/paper.ts";
import { canonicalTarget, domainAccuracies, domainTargets } from "../../published/published-domain.ts";
import type { ResultRow } from "../../result-row.ts";
import { barFigure } from "../bar-figure.ts";
import { COMPARISON_NOTE, comparisonTable } from "../comparison-table.ts";
import { methodTitle } from "../method-title.ts";
import type { ReportBlock } from "../report-document.ts";
import { distinct } from "../sort-rows.ts";
import { mean } from "../statistics.ts";
import { metricOf } from "../summarize.ts";
import { type SummaryColumn, summaryTable } from "../summary-table.ts";
import {
  atShots,
  methodLines,
  methodsOf,
  type SectionInput,
  shotsOf,
  shotsPhrase,
  slug,
  styleOf,
} from "./section-input.ts";

const PREFIX = "accuracy:";
const AVERAGE = "average";
const TARGET_AVERAGE = "targets";
const targetOrder: readonly string[] = [...domainTargets, "imageneta", "imagenetr"];

/** Accuracy on the data set that was learned from and on its relatives: a table and bars for each source and shots. */
export function domainSection(input: SectionInput): readonly ReportBlock[] {
  const { rows, datasets } = input;
  return datasets.flatMap((source) => {
    const own = rows.filter(({ dataset }) => dataset === source);
    const shots = shotsOf(own);
    // Zero-shot alone has no shots.
    return (shots.length === 0 ? [0] : shots).flatMap((count) => oneSource(input, source, own, count));
  });
}

function oneSource(
  { model, styles }: SectionInput,
  source: string,
  own: readonly ResultRow[],
  shots: number,
): readonly ReportBlock[] {
  const at = atShots(own, shots);
  if (at.length === 0) return [];
  const targets = targetsOf(at);
  const rows = at.map((row) => withAverages(row, targets));
  const of = (metric: string, label: string, title = label) => ({ label, title, metric, datasets: [source] });
  const columns = [
    of("accuracy", source),
    ...targets.map((target) => of(`${PREFIX}${target}`, target)),
    ...(targets.length > 0 ? [of(AVERAGE, "average", "Average")] : []),
    ...(targets.length > 1 ? [of(TARGET_AVERAGE, "average of targets", "Average of targets")] : []),
  ];
  const isComparable = isPaperModel(model) && source === "ImageNet" && (shots === 16 || shots === 0);
  const lines = methodLines(rows, isComparable ? (method) => publishedBy(method, targets) : undefined);
  const name = `Learned from ${source}, ${shotsPhrase(shots)}, ${model}`;
  return [
    summaryTable({
      caption: `${name}: test accuracy in %; the average is over ${source} and its targets`,
      first: "method",
      columns,
      lines,
    }),
    ...barFigure({
      name: `domain-${slug(source)}-${shots}-${slug(model)}`,
      caption: `${name}: test accuracy in %.`,
      columns,
      lines: lines.map((line) => ({ ...line, style: styleOf(styles, line.method) })),
    }),
    ...comparisonTable({
      caption: `${name}: each method against LAMM. ${COMPARISON_NOTE}`,
      over: "on",
      lines: methodsOf(rows)
        .filter((method) => method !== "lamm")
        .flatMap((method) =>
          columns.map(({ metric, label }) => ({
            name: `${methodTitle(method)} − LAMM`,
            over: label,
            rows,
            metric,
            first: { method },
            second: { method: "lamm" },
          })),
        ),
    }),
  ];
}

/** Names of targets: the paper's, then the others. */
function targetsOf(rows: readonly ResultRow[]): readonly string[] {
  const place = (name: string) => {
    const index = targetOrder.indexOf(canonicalTarget(name));
    return index < 0 ? targetOrder.length : index;
  };
  const names = rows.flatMap(({ metrics }) =>
    Object.keys(metrics).flatMap((name) => (name.startsWith(PREFIX) ? [name.slice(PREFIX.length)] : [])),
  );
  return distinct(names, (a, b) => place(a) - place(b) || (a < b ? -1 : 1));
}

/** A row with its averages, where it has all that they are over. */
function withAverages(row: ResultRow, targets: readonly string[]): ResultRow {
  const source = metricOf(row, "accuracy");
  const found = targets.flatMap((target) => metricOf(row, `${PREFIX}${target}`) ?? []);
  if (found.length < targets.length || targets.length === 0) return row;
  return {
    ...row,
    metrics: {
      ...row.metrics,
      ...(source !== undefined && { [AVERAGE]: mean([source, ...found]) }),
      [TARGET_AVERAGE]: mean(found),
    },
  };
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
    return known.targets[canonicalTarget(metric.slice(PREFIX.length))];
  };
}
