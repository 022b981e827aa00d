import * as Plot from "@observablehq/plot";
import type { LegendEntry } from "../report-document.ts";
import { type Drawing, escapeXml, placed, plotSvg } from "./plot-svg.ts";
import { textWidth } from "./text-width.ts";

const HEIGHT = 20;
/** Room of the sample line and between two entries, and size of the names, in pixels. */
const SAMPLE = 32;
const FONT = 12;
const GAP = 12;

/** A line with its point. */
export function drawSample({ style }: LegendEntry): Drawing {
  const [width, y] = [SAMPLE, HEIGHT / 2];
  return plotSvg({
    width,
    height: HEIGHT,
    margin: 0,
    x: { domain: [0, width], axis: null },
    y: { domain: [0, HEIGHT], axis: null },
    marks: [
      Plot.link([0], {
        x1: 1,
        x2: width - 3,
        y1: y,
        y2: y,
        stroke: style.light,
        strokeWidth: 1.9,
        ...(style.dash !== "" && { strokeDasharray: style.dash }),
      }),
      ...(style.symbol === "none"
        ? []
        : [Plot.dot([0], { x: width / 2 - 1, y, fill: style.light, symbol: style.symbol, r: 4 })]),
    ],
  });
}

/** Entries in as many rows as a width asks for. */
export function drawLegend(entries: readonly LegendEntry[], width: number): Drawing {
  let [x, y] = [0, 0];
  const content = entries.map((entry) => {
    const own = Math.ceil(SAMPLE + 4 + textWidth(entry.title, FONT));
    if (x > 0 && x + own > width) [x, y] = [0, y + HEIGHT];
    const text = `<text x="${x + SAMPLE + 4}" y="${y + HEIGHT / 2}" dy="0.32em" text-anchor="start">${escapeXml(entry.title)}</text>`;
    const piece = `${placed(drawSample(entry), { x, y })}${text}`;
    x += own + GAP;
    return piece;
  });
  return { width, height: entries.length === 0 ? 0 : y + HEIGHT, content: content.join("") };
}
