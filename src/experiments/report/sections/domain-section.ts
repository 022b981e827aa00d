import { isPaperModel } from "../../published/paper.ts";
import { canonicalTarget, domainAccuracies, domainTargets } from "../../published/published-domain.ts";
import type { ResultRow } from "../../result-row.ts";
import { shotsPhrase } from "../../shots-phrase.ts";
import { barFigure } from "../bar-figure.ts";
import { COMPARISON_NOTE, comparisonTable } from "../comparison-table.ts";
import { methodTitle } from "../method-title.ts";
import type { ReportBlock, TableBlock } from "../report-document.ts";
import { distinct } from "../sort-rows.ts";
import { mean } from "../statistics.ts";
import { metricOf } from "../summarize.ts";
import { type SummaryColumn, summaryTable } from "../summary-table.ts";
import {
  areAsPublished,
  atShots,
  eachDataset,
  methodLines,
  methodsOf,
  type SectionInput,
  shotsOf,
  slug,
  styleOf,
} from "./section-input.ts";

const PREFIX = "accuracy:";
const AVERAGE = "average";
const TARGET_AVERAGE = "targets";
const targetOrder: readonly string[] = [...domainTargets, "imageneta", "imagenetr"];

/**
 * Accuracy on the data set that was learned from and on its relatives: a table and bars for each source and shots, of sources with the
 * same relatives for their mean.
 */
export function domainSection(input: SectionInput): readonly ReportBlock[] {
  const rows = input.rows.map(withRelativeTargets);
  const bySource = Map.groupBy(rows, ({ dataset }) => dataset);
  const targets = new Map([...bySource].map(([source, own]) => [source, targetsOf(own)]));
  const groups = Map.groupBy(input.datasets, (source) => targets.get(source)?.join() ?? "");
  return [...groups.values()].flatMap((sources) => {
    const own = sources.flatMap((source) => bySource.get(source) ?? []);
    const shots = shotsOf(own);
    // Zero-shot alone has no shots.
    return (shots.length === 0 ? [0] : shots).flatMap((count) =>
      sourcesAt({ ...input, rows: atShots(own, count), datasets: sources }, count),
    );
  });
}

/** What is shown of one source, or of several with the same targets. */
function sourcesAt(input: SectionInput, shots: number): readonly ReportBlock[] {
  const { model, styles, datasets } = input;
  if (input.rows.length === 0) return [];
  const targets = targetsOf(input.rows);
  const rows = input.rows.map((row) => withAverages(row, targets));
  const name = `${shotsPhrase(shots)}, ${model}`;
  const table = (sources: readonly string[]): TableBlock =>
    summaryTable({
      caption: `Learned from ${nameOf(sources)}, ${name}: test accuracy in %; the average is over the source and its targets`,
      first: "method",
      columns: columnsOf(sources, targets),
      lines: methodLines(
        rows,
        areAsPublished(sources, input) ? publishedColumn({ model, sources, shots, targets }) : undefined,
      ),
    });
  const columns = columnsOf(datasets, targets);
  const slugs = datasets.length === 1 ? datasets.map(slug) : ["all"];
  return [
    table(datasets),
    ...barFigure({
      name: ["domain", ...slugs, shots, slug(model)].join("-"),
      caption: `Learned from ${nameOf(datasets)}, ${name}: test accuracy in %.`,
      columns,
      lines: methodLines(rows).map((line) => ({ ...line, style: styleOf(styles, line.method) })),
    }),
    ...comparisonTable({
      caption: `Learned from ${nameOf(datasets)}, ${name}: each method against LAMM. ${COMPARISON_NOTE}`,
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
    ...(datasets.length > 1 ? eachDataset(datasets, (source) => table([source])) : []),
  ];
}

function nameOf(sources: readonly string[]): string {
  const [only = ""] = sources;
  return sources.length === 1 ? only : `each of ${sources.length} data sets, their mean`;
}

function columnsOf(sources: readonly string[], targets: readonly string[]) {
  const of = (metric: string, label: string, title = label) => ({ label, title, metric, datasets: sources });
  const [only = ""] = sources;
  return [
    of("accuracy", sources.length === 1 ? only : "source"),
    ...targets.map((target) => of(`${PREFIX}${target}`, target)),
    ...(targets.length > 0 ? [of(AVERAGE, "average", "Average")] : []),
    ...(targets.length > 1 ? [of(TARGET_AVERAGE, "average of targets", "Average of targets")] : []),
  ];
}

function publishedColumn({
  model,
  sources,
  shots,
  targets,
}: {
  readonly model: string;
  readonly sources: readonly string[];
  readonly shots: number;
  readonly targets: readonly string[];
}) {
  const isPublished = isPaperModel(model) && sources.join() === "ImageNet" && (shots === 16 || shots === 0);
  return isPublished ? (method: string) => publishedBy(method, targets) : undefined;
}

/** Targets named after their source go by the rest of their names: `v2` of `picture-world/food/v2`. */
function withRelativeTargets(row: ResultRow): ResultRow {
  const own = `${PREFIX}${row.dataset}/`;
  const metrics = Object.entries(row.metrics).map(([name, value]) => [
    name.startsWith(own) ? `${PREFIX}${name.slice(own.length)}` : name,
    value,
  ]);
  return { ...row, metrics: Object.fromEntries(metrics) };
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
