import * as Plot from "@observablehq/plot";
import type { LegendEntry } from "../report-document.ts";
import { figureColours } from "./figure-theme.ts";
import { type Drawing, placed, plotSvg } from "./plot-svg.ts";

const HEIGHT = 20;
/** Room of the sample line, and of a letter at 12 pixels. */
const SAMPLE = 34;
const LETTER = 7;
const GAP = 14;

/** A line with its point and its name. */
export function drawLegendEntry({ title, style }: LegendEntry): Drawing {
  const width = Math.round(SAMPLE + LETTER * title.length);
  const isLevel = style.symbol === "star";
  return plotSvg({
    width,
    height: HEIGHT,
    margin: 0,
    x: { domain: [0, width], axis: null },
    y: { domain: [0, HEIGHT], axis: null },
    marks: [
      Plot.link([0], {
        x1: 1,
        x2: SAMPLE - 8,
        y1: HEIGHT / 2,
        y2: HEIGHT / 2,
        stroke: style.light,
        strokeWidth: 1.9,
        ...(style.dash !== "" && { strokeDasharray: style.dash }),
      }),
      ...(isLevel
        ? []
        : [
            Plot.dot([0], {
              x: SAMPLE / 2 - 4,
              y: HEIGHT / 2,
              fill: style.light,
              symbol: style.symbol,
              r: 4,
            }),
          ]),
      Plot.text([title], {
        x: SAMPLE - 2,
        y: HEIGHT / 2,
        text: (text: string) => text,
        textAnchor: "start",
        fill: figureColours.ink.light,
      }),
    ],
  });
}

/** Entries in as many rows as a width asks for. */
export function drawLegend(entries: readonly LegendEntry[], width: number): Drawing {
  let [x, y] = [0, 0];
  const content = entries.map((entry) => {
    const drawing = drawLegendEntry(entry);
    if (x > 0 && x + drawing.width > width) [x, y] = [0, y + HEIGHT];
    const piece = placed(drawing, { x, y });
    x += drawing.width + GAP;
    return piece;
  });
  return { width, height: entries.length === 0 ? 0 : y + HEIGHT, content: content.join("") };
}
