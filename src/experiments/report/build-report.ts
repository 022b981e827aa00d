import { PAPER } from "../published/paper.ts";
import { type ExperimentName, experimentNames, type ResultRow, type ResultTable } from "../result-row.ts";
import { madeSplitsOf } from "../split-settings.ts";
import { methodStyles } from "./method-style.ts";
import { methodTitle } from "./method-title.ts";
import type { ReportBlock, TableBlock } from "./report-document.ts";
import { ablationBackboneSection } from "./sections/ablation-backbone-section.ts";
import { ablationInitSection } from "./sections/ablation-init-section.ts";
import { ablationLossSection } from "./sections/ablation-loss-section.ts";
import { domainSection } from "./sections/domain-section.ts";
import { fewShotSection } from "./sections/few-shot-section.ts";
import { incrementalSection } from "./sections/incremental-section.ts";
import type { SectionInput } from "./sections/section-input.ts";
import { compareDatasets, compareModels, distinct, sortRows } from "./sort-rows.ts";

interface Section {
  readonly title: string;
  readonly write: (input: SectionInput) => readonly ReportBlock[];
}

const sections: Readonly<Record<ExperimentName, Section>> = {
  "few-shot": { title: "Few-shot classification", write: fewShotSection },
  domain: { title: "Domain generalisation", write: domainSection },
  incremental: { title: "Class-incremental learning", write: incrementalSection },
  "ablation-loss": { title: "Ablation: parts of the loss", write: ablationLossSection },
  "ablation-init": { title: "Ablation: initialisation", write: ablationInitSection },
  "ablation-backbone": { title: "Ablation: backbones", write: ablationBackboneSection },
};

/**
 * A report of an experiment: what is done and what is not, a section for each experiment and model, and how it was computed. The
 * order of the rows makes no difference.
 *
 * @throws {DataError} if two rows are of one cell
 */
export function buildReport({ rows: unsorted, settings, software }: ResultTable): readonly ReportBlock[] {
  const rows = sortRows(unsorted);
  const styles = methodStyles(rows.map(({ method }) => method));
  const found = experimentNames.flatMap((experiment) => {
    const own = rows.filter((row) => row.experiment === experiment);
    const madeSplits = madeSplitsOf(experiment, { settings });
    return own.length === 0 ? [] : writeSections(experiment, own, { styles, madeSplits });
  });
  return [
    { kind: "heading", level: 1, text: "Results" },
    ...progress(rows),
    ...aboutSplits(rows, settings),
    ...uniqueFigures(found),
    ...aboutReport(settings, software),
  ];
}

function writeSections(
  experiment: ExperimentName,
  rows: readonly ResultRow[],
  known: Pick<SectionInput, "styles" | "madeSplits">,
): readonly ReportBlock[] {
  const { title, write } = sections[experiment];
  const datasets = distinct(
    rows.map(({ dataset }) => dataset),
    compareDatasets,
  );
  const heading = (text: string): ReportBlock => ({ kind: "heading", level: 2, text });
  if (experiment === "ablation-backbone") {
    return [heading(title), ...write({ rows, datasets, model: "", ...known })];
  }
  const models = distinct(
    rows.map(({ model }) => model),
    compareModels,
  );
  return models.flatMap((model) => [
    heading(`${title}, ${model}`),
    ...write({ rows: rows.filter((row) => row.model === model), datasets, model, ...known }),
  ]);
}

/** Two names may be one in a file's name: the later one gets a number. */
function uniqueFigures(blocks: readonly ReportBlock[]): readonly ReportBlock[] {
  const names = new Set<string>();
  return blocks.map((block) => {
    if (block.kind !== "figure") return block;
    let { name } = block;
    for (let number = 2; names.has(name); number++) name = `${block.name}-${number}`;
    names.add(name);
    return { ...block, name };
  });
}

function progress(rows: readonly ResultRow[]): readonly ReportBlock[] {
  const count = (state: ResultRow["state"]) => rows.filter((row) => row.state === state).length;
  const [done, failed, waiting] = [count("done"), count("failed"), count("waiting")];
  const parts = [
    `${done} of ${rows.length} cells are done`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(waiting > 0 ? [`${waiting} are waiting`] : []),
  ];
  const isWarning = failed + waiting > 0;
  return [{ kind: "paragraph", text: `${parts.join(", ")}.`, isWarning }, ...failures(rows)];
}

/** Which data sets are not divided as published: their numbers look like others. */
function aboutSplits(rows: readonly ResultRow[], settings: ResultTable["settings"]): readonly ReportBlock[] {
  const made = distinct(
    rows.flatMap(({ experiment, dataset }) =>
      madeSplitsOf(experiment, { settings }).has(dataset) ? [dataset] : [],
    ),
    compareDatasets,
  );
  if (made.length === 0) return [];
  const names = [made.slice(0, -1).join(", "), ...made.slice(-1)].filter((part) => part !== "").join(" and ");
  const text =
    `Not comparable with published numbers: ${names}. Their pictures are divided by splits that were made here, as the published ` +
    "split files were not there. Published numbers do not stand beside these data sets, nor beside averages with them.";
  return [{ kind: "paragraph", text, isWarning: true }];
}

function failures(rows: readonly ResultRow[]): readonly TableBlock[] {
  const failed = rows.filter(({ state }) => state === "failed");
  if (failed.length === 0) return [];
  return [
    {
      kind: "table",
      caption: "Cells that failed; means are over the seeds that are left.",
      columns: ["data set", "experiment", "model", "method", "variant", "shots", "seed", "error"],
      rows: failed.map(({ dataset, experiment, model, method, variant, shots, seed, error = "" }) => ({
        name: dataset,
        cells: [experiment, model, methodTitle(method), variant, String(shots), String(seed), error].map(
          (text) => ({ text }),
        ),
      })),
      isText: true,
    },
  ];
}

function aboutReport(
  settings: ResultTable["settings"],
  software: ResultTable["software"],
): readonly ReportBlock[] {
  return [
    { kind: "heading", level: 2, text: "About these numbers" },
    {
      kind: "list",
      items: [
        "Means are over the seeds that are done; ± is the sample standard deviation (n - 1) over seeds. A cell with other seeds than its table says so.",
        "An average is the mean over data sets of their means over seeds; its deviation is that of the averages of each seed, over seeds that all its data sets have.",
        `"-" was asked for and has no result; an empty cell was not asked for. An average over fewer data sets says over how many.`,
        `Published numbers are those of ${PAPER.citation}; of later methods, those of their own authors. They stand only beside ${PAPER.model} on the same data sets and shots.`,
      ],
    },
    ...namedValues("What was asked for.", "setting", settings),
    ...namedValues("Software that the cells share.", "package", software),
  ];
}

function namedValues(
  caption: string,
  first: string,
  values: Readonly<Record<string, string>>,
): readonly TableBlock[] {
  const names = Object.keys(values).sort();
  if (names.length === 0) return [];
  const rows = names.map((name) => ({ name, cells: [{ text: values[name] ?? "" }] }));
  return [{ kind: "table", caption, columns: [first, "value"], rows, isText: true }];
}
