import * as Plot from "@observablehq/plot";
import type { CurvePanel } from "../report-document.ts";
import { figureColours } from "./figure-theme.ts";
import { formatPercent } from "./format-percent.ts";
import { type Drawing, plotSvg } from "./plot-svg.ts";

const WIDTH = 270;
const HEIGHT = 220;
/** Room above and below the data, as a share of their range. */
const AIR = 0.06;
/** The least range of an axis in points: two equal methods do not look apart. */
const LEAST_RANGE = 4;

/** Pixels between the points of two methods at one number of shots, so that whiskers do not cover each other. */
const DODGE = 2.5;
/** All methods together stay within this many pixels: a point still stands above its tick. */
const MOST_DODGE = 12;

/** Accuracy against shots: a line a method with whiskers, levels across the panel for what has no shots. */
export function drawCurves({ title, curves, shots }: CurvePanel): Drawing {
  const lines = curves.filter(({ points }) => points.some((point) => point.shots > 0));
  const levels = curves.flatMap(({ style, points }) =>
    points.filter((point) => point.shots === 0).map(({ mean }) => ({ style, mean })),
  );
  const [first = 1, last = 16] = [shots[0], shots.at(-1)];
  const ink = figureColours.ink.light;
  const dodge = Math.min(DODGE, MOST_DODGE / Math.max(1, lines.length - 1));
  return plotSvg({
    width: WIDTH,
    height: HEIGHT,
    marginLeft: 50,
    marginRight: 12,
    marginTop: 34,
    marginBottom: 36,
    // One number of shots alone stands in the middle.
    x: {
      type: "log",
      base: 2,
      domain: [first / 1.15, (first === last ? first : last) * 1.15],
      ticks: [...shots],
      tickFormat: (count: number) => String(count),
      label: null,
    },
    y: { domain: rangeOf(curves), ticks: 5, tickFormat: formatPercent, label: null, nice: true },
    marks: [
      Plot.gridY({ stroke: figureColours.grid.light, strokeOpacity: 1 }),
      Plot.text([title], {
        frameAnchor: "top-left",
        dy: -26,
        text: (text: string) => text,
        fontSize: 13,
        fontWeight: 600,
        fill: ink,
        dx: -46,
        lineAnchor: "top",
      }),
      Plot.text(["shots"], { frameAnchor: "bottom", dy: 32, text: (text: string) => text, fill: ink }),
      ...levels.map(({ style, mean }) =>
        Plot.ruleY([mean], { stroke: style.light, strokeDasharray: style.dash, strokeWidth: 1.6 }),
      ),
      ...lines.flatMap(({ style, points }, place) => {
        const dx = dodge * (place - (lines.length - 1) / 2);
        const symbol = style.symbol === "none" ? "circle" : style.symbol;
        const data = points.filter((point) => point.shots > 0);
        const spread = data.filter(({ deviation }) => deviation > 0);
        return [
          Plot.ruleX(spread, {
            x: "shots",
            y1: ({ mean, deviation }) => mean - deviation,
            y2: ({ mean, deviation }) => mean + deviation,
            dx,
            stroke: style.light,
            strokeWidth: 1.4,
          }),
          Plot.line(data, {
            x: "shots",
            y: "mean",
            dx,
            stroke: style.light,
            strokeWidth: 1.9,
            ...(style.dash !== "" && { strokeDasharray: style.dash }),
          }),
          Plot.dot(data, { x: "shots", y: "mean", dx, fill: style.light, symbol, r: 3.6 }),
        ];
      }),
    ],
  });
}

function rangeOf(curves: CurvePanel["curves"]): [number, number] {
  const ends = curves.flatMap(({ points }) =>
    points.flatMap(({ mean, deviation }) => {
      const spread = Number.isNaN(deviation) ? 0 : deviation;
      return [mean - spread, mean + spread];
    }),
  );
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const missing = Math.max(0, LEAST_RANGE - (high - low)) / 2;
  const air = AIR * (high - low) + missing;
  return [Math.max(0, low - air), Math.min(100, high + air)];
}
