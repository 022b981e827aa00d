import { isPaperAverage, isPaperModel } from "../../published/paper.ts";
import type { ResultRow } from "../../result-row.ts";
import type { MethodStyle } from "../method-style.ts";
import { methodTitle } from "../method-title.ts";
import type { TableBlock, TableGroupBlock } from "../report-document.ts";
import { compareMethods, distinct } from "../sort-rows.ts";
import type { SummaryLine } from "../summary-table.ts";

/** What a section of a report is made of. */
export interface SectionInput {
  /** Of one experiment and, but for the ablation of backbones, one model; in the order of a report. */
  readonly rows: readonly ResultRow[];
  /** Data sets of the experiment, with those that this model has no rows of. */
  readonly datasets: readonly string[];
  readonly model: string;
  readonly styles: ReadonlyMap<string, MethodStyle>;
  /** Data sets that are not divided as published: published numbers do not stand beside them. */
  readonly madeSplits: ReadonlySet<string>;
}

/** Whether all of these data sets are divided as published. */
export function areAsPublished(
  datasets: readonly string[],
  { madeSplits }: Pick<SectionInput, "madeSplits">,
): boolean {
  return !datasets.some((dataset) => madeSplits.has(dataset));
}

/** Whether averages of a section may stand beside the paper's: same CLIP, same data sets, divided as published. */
export function isPaperSection(input: Pick<SectionInput, "model" | "datasets" | "madeSplits">): boolean {
  const { model, datasets } = input;
  return isPaperModel(model) && isPaperAverage(datasets) && areAsPublished(datasets, input);
}

/** Methods of rows, in the order of a report. */
export function methodsOf(rows: readonly ResultRow[]): readonly string[] {
  return distinct(
    rows.map(({ method }) => method),
    compareMethods,
  );
}

/** Shots of rows, ascending, without zero-shot's. */
export function shotsOf(rows: readonly ResultRow[]): readonly number[] {
  return distinct(
    rows.filter(({ method }) => method !== "zero-shot").map(({ shots }) => shots),
    (a, b) => a - b,
  );
}

/** A line for each method. */
export function methodLines(
  rows: readonly ResultRow[],
  published?: (method: string) => SummaryLine["published"],
): readonly (SummaryLine & { readonly method: string })[] {
  return methodsOf(rows).map((method) => {
    const known = published?.(method);
    return {
      method,
      name: methodTitle(method),
      rows: rows.filter((row) => row.method === method),
      ...(known !== undefined && { published: known }),
    };
  });
}

/** Rows of these shots; zero-shot belongs to all. */
export function atShots(rows: readonly ResultRow[], shots: number): readonly ResultRow[] {
  return rows.filter((row) => row.shots === shots || row.method === "zero-shot");
}

/** The style of a method; every report knows that of all its methods. */
export function styleOf(styles: SectionInput["styles"], method: string): MethodStyle {
  return styles.get(method) ?? (styles.get("zero-shot") as MethodStyle);
}

/** A name as part of a file's name. */
export function slug(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
}

/** Tables of each data set by itself, where there are several. */
export function eachDataset(
  datasets: readonly string[],
  table: (dataset: string) => TableBlock,
): readonly TableGroupBlock[] {
  if (datasets.length === 1) return [];
  return [
    { kind: "table-group", title: `Each of the ${datasets.length} data sets`, tables: datasets.map(table) },
  ];
}

/** Words for what an average is over. */
export function averagePhrase(datasets: readonly string[]): string {
  const [only = ""] = datasets;
  return datasets.length === 1 ? only : `mean of ${datasets.length} data sets`;
}
