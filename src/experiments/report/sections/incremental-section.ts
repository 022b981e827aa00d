import { isPaperAverage, isPaperModel, type PaperDataset } from "../../published/paper.ts";
import { type IncrementalAccuracies, incrementalAccuracies } from "../../published/published-incremental.ts";
import type { ResultRow } from "../../result-row.ts";
import { shotsPhrase } from "../../shots-phrase.ts";
import { barFigure } from "../bar-figure.ts";
import { COMPARISON_NOTE, comparisonTable } from "../comparison-table.ts";
import { methodTitle } from "../method-title.ts";
import type { ReportBlock, TableBlock } from "../report-document.ts";
import { metricOf } from "../summarize.ts";
import { type SummaryColumn, summaryTable } from "../summary-table.ts";
import {
  areAsPublished,
  atShots,
  averagePhrase,
  eachDataset,
  methodLines,
  methodsOf,
  type SectionInput,
  shotsOf,
  slug,
  styleOf,
} from "./section-input.ts";

const DEGRADATION = "degradation";
const measures = [
  { metric: "set1Before", label: "set 1 before", title: "Set 1 before set 2" },
  { metric: "set1After", label: "set 1 after", title: "Set 1 after set 2" },
  { metric: DEGRADATION, label: "degradation", title: "Degradation", isDifference: true },
  { metric: "set2", label: "set 2", title: "Set 2" },
  { metric: "union", label: "union", title: "Union" },
] as const;

/** Learning one half of the classes and then the other: what is forgotten, and the union that the paper leaves out. */
export function incrementalSection(input: SectionInput): readonly ReportBlock[] {
  const rows = input.rows.map(withDegradation);
  const shots = shotsOf(rows);
  return (shots.length === 0 ? [0] : shots).flatMap((count) =>
    oneShots({ ...input, rows: atShots(rows, count) }, count),
  );
}

function oneShots(input: SectionInput, shots: number): readonly ReportBlock[] {
  const { rows, datasets, model, styles } = input;
  const name = `${shotsPhrase(shots)}, ${model}`;
  const isComparable = isPaperModel(model) && (shots === 16 || shots === 0);
  const table = (over: readonly string[]): TableBlock =>
    summaryTable({
      caption: `Accuracy in % on set 1 before and after set 2 was learned, its change in points, set 2, and the union, ${averagePhrase(over)}, ${name}`,
      first: "method",
      columns: columnsOf(over),
      lines: methodLines(
        rows,
        isComparable && areAsPublished(over, input) ? (method) => publishedBy(method, over) : undefined,
      ),
    });
  return [
    table(datasets),
    ...barFigure({
      name: `incremental-${shots}-${slug(model)}`,
      caption: `Class-incremental learning, accuracy in %, ${averagePhrase(datasets)}, ${name}.`,
      // A change of set 1 is in points, which this axis is not.
      columns: columnsOf(datasets).filter(({ isDifference }) => isDifference !== true),
      lines: methodLines(rows).map((line) => ({ ...line, style: styleOf(styles, line.method) })),
    }),
    ...againstLamm(input, name),
    ...eachDataset(datasets, (dataset) => table([dataset])),
  ];
}

function columnsOf(datasets: readonly string[]): readonly (SummaryColumn & { readonly title: string })[] {
  return measures.map((measure) => ({ ...measure, datasets }));
}

function withDegradation(row: ResultRow): ResultRow {
  const [before, after] = [metricOf(row, "set1Before"), metricOf(row, "set1After")];
  if (before === undefined || after === undefined) return row;
  return { ...row, metrics: { ...row.metrics, [DEGRADATION]: after - before } };
}

/** The paper has averages of all but the union, and of each data set the accuracies after set 2. */
function publishedBy(method: string, datasets: readonly string[]) {
  const known = Object.hasOwn(incrementalAccuracies, method) ? incrementalAccuracies[method] : undefined;
  if (known === undefined) return undefined;
  const [only = ""] = datasets;
  if (datasets.length === 1) return ({ metric }: SummaryColumn) => ofDataset(known, only, metric);
  if (!isPaperAverage(datasets)) return undefined;
  const { average } = known;
  return ({ metric }: SummaryColumn) => (average as Readonly<Record<string, number | undefined>>)[metric];
}

function ofDataset(
  { set1After, set2 }: IncrementalAccuracies,
  dataset: string,
  metric: string,
): number | undefined {
  if (metric === "set1After") return set1After[dataset as PaperDataset];
  return metric === "set2" ? set2[dataset as PaperDataset] : undefined;
}

function againstLamm({ rows }: SectionInput, name: string): readonly ReportBlock[] {
  const others = methodsOf(rows).filter((method) => method !== "lamm");
  return comparisonTable({
    caption: `Each method against LAMM, ${name}. ${COMPARISON_NOTE}`,
    over: "on",
    lines: others.flatMap((method) =>
      measures.map(({ metric, label }) => ({
        name: `${methodTitle(method)} − LAMM`,
        over: label,
        rows,
        metric,
        first: { method },
        second: { method: "lamm" },
      })),
    ),
  });
}
