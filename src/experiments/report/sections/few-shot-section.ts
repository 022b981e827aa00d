import { fewShotAverages, laterAverages } from "../../published/published-few-shot.ts";
import { shotsPhrase } from "../../shots-phrase.ts";
import { methodTitle } from "../method-title.ts";
import type { CurvePanel, FigureBlock, ReportBlock } from "../report-document.ts";
import { type SummaryColumn, summaryOf, summaryTable } from "../summary-table.ts";
import { accuracyByShots, againstLamm } from "./compared.ts";
import {
  averagePhrase,
  eachDataset,
  isPaperSection,
  methodLines,
  methodsOf,
  type SectionInput,
  shotsOf,
  slug,
  styleOf,
} from "./section-input.ts";

/** Accuracy against shots: curves of each data set and the average, tables, and each method against LAMM. */
export function fewShotSection(input: SectionInput): readonly ReportBlock[] {
  const { rows, datasets, model } = input;
  const isComparable = isPaperSection(input);
  const average = summaryTable({
    caption: `Test accuracy in % by shots, ${averagePhrase(datasets)}, ${model}`,
    first: "method",
    columns: shotColumns(input, datasets),
    lines: methodLines(rows, isComparable ? publishedBy : undefined),
  });
  const each = eachDataset(datasets, (dataset) =>
    summaryTable({
      caption: `${dataset}: test accuracy in % by shots, ${model}`,
      first: "method",
      columns: shotColumns(input, [dataset]),
      lines: methodLines(rows.filter((row) => row.dataset === dataset)),
    }),
  );
  return [
    ...accuracyFigure(input),
    average,
    ...(isComparable ? [laterMethods()] : []),
    ...againstLamm(accuracyByShots(rows), {
      name: `Each method against LAMM, ${model}`,
      heading: "shots",
      textOf: ({ shots }) => String(shots),
    }),
    ...each,
  ];
}

function publishedBy(method: string) {
  const title = methodTitle(method);
  return ({ label }: SummaryColumn) =>
    fewShotAverages[method]?.[Number(label)] ?? (label === "16" ? laterAverages[title] : undefined);
}

function laterMethods(): ReportBlock {
  const numbers = Object.entries(laterAverages).map(([title, percent]) => `${title} ${percent.toFixed(1)}`);
  return {
    kind: "paragraph",
    text: `As reported by their own authors, mean of these data sets at 16 shots: ${numbers.join(", ")}.`,
  };
}

/** A column for each number of shots; zero-shot has 0. */
function shotColumns({ rows }: SectionInput, datasets: readonly string[]): readonly SummaryColumn[] {
  const all = rows.some(({ method }) => method === "zero-shot") ? [0, ...shotsOf(rows)] : shotsOf(rows);
  return all.map((shots) => ({
    label: String(shots),
    metric: "accuracy",
    datasets,
    has: (row) => row.shots === shots,
  }));
}

function accuracyFigure(input: SectionInput): readonly FigureBlock[] {
  const { rows, datasets, model, styles } = input;
  const leftOut: string[] = [];
  const average =
    datasets.length === 1
      ? []
      : [curvePanel(input, `Mean of ${datasets.length} data sets`, datasets, leftOut)];
  const each = datasets.map((dataset) => curvePanel(input, dataset, [dataset], []));
  const panels = [...average, ...each].filter(({ curves }) => curves.length > 0);
  if (panels.length === 0) return [];
  const caption = [
    `Test accuracy in % against training pictures of each class, ${model}; whiskers are ± one sample standard deviation over seeds.`,
    ...(leftOut.length > 0 ? [`Not in the mean, as data sets are missing: ${leftOut.join("; ")}.`] : []),
  ].join(" ");
  const legend = methodsOf(rows).map((method) => ({
    title: methodTitle(method),
    style: styleOf(styles, method),
  }));
  return [{ kind: "figure", name: `few-shot-${slug(model)}`, caption, panels, columns: 4, legend }];
}

/** Points of an average are those over all data sets: others would not be of the same thing. */
function curvePanel(
  input: SectionInput,
  title: string,
  datasets: readonly string[],
  leftOut: string[],
): CurvePanel {
  const { rows, styles } = input;
  const curves = methodLines(rows).flatMap((line) => {
    const points = shotColumns(input, datasets).flatMap((column) => {
      const summary = summaryOf(line, column);
      if (Number.isNaN(summary.mean)) return [];
      if (summary.datasets < datasets.length) {
        const over = `${summary.datasets} of ${datasets.length}`;
        leftOut.push(`${line.name}, ${shotsPhrase(Number(column.label))} (${over})`);
        return [];
      }
      const { mean, deviation } = summary;
      return [{ shots: Number(column.label), mean: 100 * mean, deviation: 100 * deviation }];
    });
    return points.length === 0 ? [] : [{ title: line.name, style: styleOf(styles, line.method), points }];
  });
  return { kind: "curves", title, curves, shots: shotsOf(rows) };
}
