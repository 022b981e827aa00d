import type { ResultRow } from "../../result-row.ts";
import { shotsPhrase } from "../../shots-phrase.ts";
import { barFigure } from "../bar-figure.ts";
import type { ReportBlock } from "../report-document.ts";
import { compareModels, distinct } from "../sort-rows.ts";
import { summaryTable } from "../summary-table.ts";
import { accuracyAtShots, againstLamm } from "./compared.ts";
import {
  atShots,
  averagePhrase,
  eachDataset,
  methodLines,
  type SectionInput,
  shotsOf,
  styleOf,
} from "./section-input.ts";

/** Methods by the CLIP that they are on, for each number of shots. Its rows are of all models. */
export function ablationBackboneSection(input: SectionInput): readonly ReportBlock[] {
  const shots = shotsOf(input.rows);
  return (shots.length === 0 ? [0] : shots).flatMap((count) =>
    oneShots({ ...input, rows: atShots(input.rows, count) }, count),
  );
}

function oneShots({ rows, datasets, styles }: SectionInput, shots: number): readonly ReportBlock[] {
  const models = distinct(
    rows.map(({ model }) => model),
    compareModels,
  );
  const columns = (over: readonly string[]) =>
    models.map((model) => ({
      label: model,
      title: model,
      metric: "accuracy",
      datasets: over,
      has: (row: ResultRow) => row.model === model,
    }));
  const lines = methodLines(rows);
  const name = `Methods by backbone, ${shotsPhrase(shots)}`;
  const caption = (over: readonly string[]) => `${name}: test accuracy in %, ${averagePhrase(over)}`;
  const compared = models.flatMap((model) => accuracyAtShots(rows.filter((row) => row.model === model)));
  return [
    summaryTable({ caption: caption(datasets), first: "method", columns: columns(datasets), lines }),
    ...barFigure({
      name: `ablation-backbone-${shots}`,
      caption: `${caption(datasets)}.`,
      columns: columns(datasets),
      lines: lines.map((line) => ({ ...line, style: styleOf(styles, line.method) })),
    }),
    ...againstLamm(compared, {
      name: `${name}: each method against LAMM`,
      heading: "model",
      textOf: ({ rows: own }) => own[0]?.model ?? "",
    }),
    ...eachDataset(datasets, (dataset) =>
      summaryTable({ caption: caption([dataset]), first: "method", columns: columns([dataset]), lines }),
    ),
  ];
}
