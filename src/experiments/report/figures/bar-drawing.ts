import * as Plot from "@observablehq/plot";
import type { Bar, BarPanel } from "../report-document.ts";
import { figureColours } from "./figure-theme.ts";
import { formatPercent } from "./format-percent.ts";
import { type Drawing, plotSvg } from "./plot-svg.ts";
import { textWidth } from "./text-width.ts";

const WIDTH = 340;
const LEAST_BARS = 150;
const ROW = 24;
/** Size of names and values, in pixels. */
const FONT = 12;
const TOP = 34;
const BOTTOM = 30;

/** Bars that lie on their sides, so that names of any length have room; one axis for all panels of a figure. */
export function drawBars({ title, unit, bars }: BarPanel, all: readonly BarPanel[]): Drawing {
  const everyBar = all.flatMap((panel) => panel.bars);
  const widest = (texts: readonly string[]) => Math.max(...texts.map((text) => textWidth(text, FONT)));
  const names = Math.ceil(widest(everyBar.map((bar) => bar.title))) + 14;
  const values = Math.ceil(widest(everyBar.map(({ text }) => text))) + 12;
  // Long names and notes make a panel wider rather than its bars short.
  const width = Math.max(WIDTH, names + values + LEAST_BARS);
  const ink = figureColours.ink.light;
  const height = TOP + BOTTOM + ROW * bars.length;
  return plotSvg({
    width,
    height,
    marginLeft: names,
    marginRight: values,
    marginTop: TOP,
    marginBottom: BOTTOM,
    x: {
      domain: domainOf(everyBar, unit),
      ticks: 4,
      label: null,
      ...(unit === "%" && { tickFormat: formatPercent }),
    },
    y: { domain: bars.map((bar) => bar.title), label: null, tickSize: 0, padding: 0.28 },
    marks: [
      Plot.gridX({ stroke: figureColours.grid.light, strokeOpacity: 1, ticks: 4 }),
      Plot.text([title], {
        frameAnchor: "top-left",
        dx: -names + 4,
        dy: -26,
        text: (text: string) => text,
        fontSize: 13,
        fontWeight: 600,
        fill: ink,
        lineAnchor: "top",
      }),
      ...bars.map((bar) => Plot.barX([bar], { x: "value", y: "title", fill: bar.style.light })),
      ...bars
        .filter(({ lower, upper }) => upper > lower)
        .map((bar) =>
          Plot.ruleY([bar], { x1: "lower", x2: "upper", y: "title", stroke: ink, strokeWidth: 1.4 }),
        ),
      Plot.ruleX([0], { stroke: ink }),
      Plot.text(bars, {
        x: (bar: Bar) => Math.max(0, bar.value, Number.isNaN(bar.upper) ? 0 : bar.upper),
        y: "title",
        text: "text",
        textAnchor: "start",
        dx: 6,
        fill: ink,
      }),
    ],
  });
}

/** From 0, as bars of another base would lie about their lengths. */
function domainOf(bars: readonly Bar[], unit: BarPanel["unit"]): [number, number] {
  const ends = bars.flatMap(({ value, lower, upper }) =>
    [value, lower, upper].filter((end) => !Number.isNaN(end)),
  );
  const [low, high] = [Math.min(0, ...ends), Math.max(0, ...ends)];
  const least = unit === "%" ? 10 : 1;
  return [low, Math.max(high, low + least)];
}
