import { shotsPhrase } from "../../shots-phrase.ts";
import type { FigureBlock, Panel } from "../report-document.ts";
import { drawBars } from "./bar-drawing.ts";
import { drawCurves } from "./curve-drawing.ts";
import { darkStyle, FIGURE_CLASS } from "./figure-theme.ts";
import { drawLegend, drawSample } from "./legend-drawing.ts";
import { type Drawing, placed, svgDocument } from "./plot-svg.ts";

/** A figure as it is shown and kept. */
export interface DrawnFigure {
  /** All panels with their legend, a file of its own. */
  readonly svg: string;
  /** Pictures of the panels one by one, for a page that puts as many side by side as fit; it has {@link darkStyle}. */
  readonly panels: readonly string[];
  /** Pictures of the samples of the legend, in its order. */
  readonly legend: readonly string[];
  /** Style that the page needs once for all these. */
  readonly style: string;
}

const GAP = 14;
const MARGIN = 12;

/** Draws a figure. The same figure gives the same bytes. */
export function drawFigure({ panels, columns, legend, caption }: FigureBlock): DrawnFigure {
  const bars = panels.filter((panel) => panel.kind === "bars");
  const drawings = panels.map((panel) =>
    panel.kind === "curves" ? drawCurves(panel) : drawBars(panel, bars),
  );
  const style = darkStyle(panels.flatMap(stylesOf).concat(legend.map((entry) => entry.style)));
  const asPicture = (drawing: Drawing, label: string) =>
    svgDocument(drawing, label, { className: FIGURE_CLASS });
  return {
    svg: `${svgDocument(compose(drawings, Math.min(columns, drawings.length), legend), caption, { style, className: FIGURE_CLASS })}\n`,
    panels: drawings.map((drawing, index) => asPicture(drawing, describe(panels[index] as Panel))),
    legend: legend.map((entry) => asPicture(drawSample(entry), entry.title)),
    style,
  };
}

function stylesOf(panel: Panel) {
  return panel.kind === "curves"
    ? panel.curves.map(({ style }) => style)
    : panel.bars.map(({ style }) => style);
}

function compose(drawings: readonly Drawing[], columns: number, legend: FigureBlock["legend"]): Drawing {
  const cellWidth = Math.max(...drawings.map(({ width }) => width));
  const cellHeight = Math.max(...drawings.map(({ height }) => height));
  const rows = Math.ceil(drawings.length / columns);
  const width = columns * cellWidth + (columns - 1) * GAP + 2 * MARGIN;
  const head = drawLegend(legend, width - 2 * MARGIN);
  const top = MARGIN + (head.height > 0 ? head.height + GAP : 0);
  const pieces = drawings.map((drawing, index) =>
    placed(drawing, {
      x: MARGIN + (index % columns) * (cellWidth + GAP),
      y: top + Math.floor(index / columns) * (cellHeight + GAP),
    }),
  );
  return {
    width,
    height: top + rows * cellHeight + (rows - 1) * GAP + MARGIN,
    content: [placed(head, { x: MARGIN, y: MARGIN }), ...pieces].join(""),
  };
}

/** A panel in words, with the numbers that its ends have. */
function describe(panel: Panel): string {
  if (panel.kind === "bars") {
    return `${panel.title}: ${panel.bars.map(({ title, text }) => `${title} ${text}`).join(", ")}`;
  }
  const ends = panel.curves.flatMap(({ title, points }) => {
    const last = points.at(-1);
    if (last === undefined) return [];
    const at = last.shots === 0 ? "" : ` at ${shotsPhrase(last.shots)}`;
    return [`${title} ${last.mean.toFixed(2)} %${at}`];
  });
  return `${panel.title}: ${ends.join(", ")}`;
}
