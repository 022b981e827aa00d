import { lossPartAverages } from "../../published/published-ablations.ts";
import { crossEntropyAverages, fewShotAverages } from "../../published/published-few-shot.ts";
import type { ResultRow } from "../../result-row.ts";
import { shotsPhrase } from "../../shots-phrase.ts";
import { compareOverCells } from "../compare-over-cells.ts";
import { COMPARISON_NOTE, comparisonTable } from "../comparison-table.ts";
import { formatPoints } from "../format-numbers.ts";
import { variantStyle } from "../method-style.ts";
import { methodTitle } from "../method-title.ts";
import type { Bar, FigureBlock, ReportBlock } from "../report-document.ts";
import { compareVariants, distinct } from "../sort-rows.ts";
import { type SummaryColumn, summaryTable } from "../summary-table.ts";
import {
  averagePhrase,
  isPaperSection,
  methodsOf,
  type SectionInput,
  shotsOf,
  slug,
} from "./section-input.ts";
import { variantsByShots } from "./variants-by-shots.ts";

const PLAIN = "CE";
const FULL = "CE+WC+COS+KD";

/** Parts of the loss at the most shots, and with and without the hierarchical loss by shots, for each method. */
export function ablationLossSection(input: SectionInput): readonly ReportBlock[] {
  const { rows } = input;
  return methodsOf(rows)
    .filter((method) => method !== "zero-shot")
    .flatMap((method) => {
      const own = { ...input, rows: rows.filter((row) => row.method === method) };
      return [...lossParts(own, method), ...withAndWithout(own, method)];
    });
}

/** All variants at the largest number of shots that has most of them. */
function lossParts(input: SectionInput, method: string): readonly ReportBlock[] {
  const { datasets, model } = input;
  const shots = fullestShots(input.rows);
  const rows = input.rows.filter((row) => row.shots === shots);
  const isComparable = isPaperSection(input) && method === "lamm" && shots === 16;
  const column = (over: readonly string[], label: string): SummaryColumn => ({
    label,
    metric: "accuracy",
    datasets: over,
  });
  const columns = [
    ...(datasets.length > 1 ? [column(datasets, "average")] : []),
    ...datasets.map((dataset) => column([dataset], dataset)),
  ];
  const name = `Parts of the loss, ${methodTitle(method)}, ${shotsPhrase(shots)}, ${model}`;
  const variants = variantsOf(rows);
  const lines = variants.map((variant) => ({
    name: variant,
    rows: rows.filter((row) => row.variant === variant),
    ...(isComparable && {
      published: ({ label }: SummaryColumn) => (label === "average" ? lossPartAverages[variant] : undefined),
    }),
  }));
  return [
    summaryTable({ caption: `${name}: test accuracy in %`, first: "loss", columns, lines }),
    ...gainFigure(rows, method, {
      name: `ablation-loss-parts-${slug(method)}-${slug(model)}`,
      caption: `${name}: gain over cross-entropy alone in points, ${averagePhrase(datasets)}; whiskers are the 95 % intervals of the table below.`,
    }),
    ...comparisonTable({
      caption: `${name}. ${COMPARISON_NOTE}`,
      over: "shots",
      lines: variants
        .filter((variant) => variant !== PLAIN)
        .map((variant) => ({
          name: `${variant} − ${PLAIN}`,
          over: String(shots),
          rows,
          metric: "accuracy",
          first: { method, variant },
          second: { method, variant: PLAIN },
        })),
    }),
  ];
}

function variantsOf(rows: readonly ResultRow[]): readonly string[] {
  return distinct(
    rows.map(({ variant }) => variant),
    compareVariants,
  );
}

function fullestShots(rows: readonly ResultRow[]): number {
  const counts = shotsOf(rows).map((shots) => ({
    shots,
    count: variantsOf(rows.filter((row) => row.shots === shots)).length,
  }));
  return counts.reduce((best, next) => (next.count >= best.count ? next : best), { shots: 0, count: 0 })
    .shots;
}

/** Bars of differences: a gain of a point would not be seen on bars of accuracy, which are 80 points long. */
function gainFigure(
  rows: readonly ResultRow[],
  method: string,
  { name, caption }: Pick<FigureBlock, "name" | "caption">,
): readonly FigureBlock[] {
  const bars = variantsOf(rows).flatMap((variant): Bar[] => {
    if (variant === PLAIN) return [];
    const { difference, lower, upper, cells } = compareOverCells({
      rows,
      metric: "accuracy",
      first: { method, variant },
      second: { method, variant: PLAIN },
    });
    if (cells === 0) return [];
    const ends = { value: 100 * difference, lower: 100 * lower, upper: 100 * upper };
    return [
      {
        title: variant,
        style: variantStyle(0),
        ...ends,
        text: formatPoints(difference),
      },
    ];
  });
  if (bars.length === 0) return [];
  const panels = [{ kind: "bars", title: "Gain over CE alone, points", unit: "points", bars }] as const;
  return [{ kind: "figure", name, caption, panels, columns: 1, legend: [] }];
}

function withAndWithout(input: SectionInput, method: string): readonly ReportBlock[] {
  const { rows, datasets, model } = input;
  const pair = rows.filter(({ variant }) => variant === PLAIN || variant === FULL);
  if (variantsOf(pair).length < 2 || shotsOf(pair).length < 2) return [];
  const isComparable = isPaperSection(input);
  return variantsByShots({
    rows: pair,
    datasets,
    variants: [
      { variant: PLAIN, name: "without", published: isComparable ? crossEntropyAverages[method] : undefined },
      { variant: FULL, name: "with", published: isComparable ? fewShotAverages[method] : undefined },
    ],
    name: `${methodTitle(method)} with and without the hierarchical loss, ${model}`,
    figure: `ablation-loss-${slug(method)}-${slug(model)}`,
  });
}
