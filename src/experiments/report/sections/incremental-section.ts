import { isPaperAverage, isPaperModel, type PaperDataset } from "../../published/paper.ts";
import { type IncrementalAccuracies, incrementalAccuracies } from "../../published/published-incremental.ts";
import { shotsPhrase } from "../../shots-phrase.ts";
import { barFigure } from "../bar-figure.ts";
import type { ReportBlock, TableBlock } from "../report-document.ts";
import { type SummaryColumn, summaryTable } from "../summary-table.ts";
import { againstLamm } from "./compared.ts";
import {
  type IncrementalPart,
  incrementalCompared,
  incrementalMeasures,
  incrementalParts,
} from "./incremental-parts.ts";
import {
  areAsPublished,
  averagePhrase,
  eachDataset,
  methodLines,
  type SectionInput,
  slug,
  styleOf,
} from "./section-input.ts";

/** Learning one half of the classes and then the other: what is forgotten, and the union that the paper leaves out. */
export function incrementalSection(input: SectionInput): readonly ReportBlock[] {
  return incrementalParts(input.rows).flatMap((part) => writePart(part, input));
}

function writePart(part: IncrementalPart, input: SectionInput): readonly ReportBlock[] {
  const { shots, rows } = part;
  const { datasets, model, styles } = input;
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
    ...againstLamm(incrementalCompared(part), {
      name: `Each method against LAMM, ${name}`,
      heading: "on",
      textOf: ({ label }) => label,
    }),
    ...eachDataset(datasets, (dataset) => table([dataset])),
  ];
}

function columnsOf(datasets: readonly string[]): readonly (SummaryColumn & { readonly title: string })[] {
  return incrementalMeasures.map((measure) => ({ ...measure, datasets }));
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
