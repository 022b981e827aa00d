import { coordinate as at, type Html, html } from "../../experiments/report/html.ts";
import { percent } from "../../training/percent.ts";
import type { DemoResult } from "../demo-result.ts";

const WIDTH = 640;
const HEIGHT = 330;
const MARGIN = { top: 18, right: 132, bottom: 44, left: 58 };
/** Accuracies are told in steps of this. */
const TICK = 0.1;

/** Test accuracy against the number of shots: the mean over seeds, their range, and zero-shot as a line. */
export function curveFigure({ curve, zeroShot }: DemoResult): Html {
  const all = [...curve.flatMap(({ accuracies }) => accuracies), zeroShot.accuracy];
  const lowest = Math.max(0, Math.floor((Math.min(...all) - 0.02) / TICK) * TICK);
  const highest = Math.min(1, Math.ceil((Math.max(...all) + 0.02) / TICK) * TICK);
  const last = Math.max(1, curve.length - 1);
  const x = (index: number) => MARGIN.left + 18 + ((WIDTH - MARGIN.left - MARGIN.right - 36) * index) / last;
  const y = (value: number) =>
    MARGIN.top + ((HEIGHT - MARGIN.top - MARGIN.bottom) * (highest - value)) / (highest - lowest);
  const right = WIDTH - MARGIN.right;
  const ticks = Array.from(
    { length: Math.round((highest - lowest) / TICK) + 1 },
    (_, i) => lowest + i * TICK,
  );
  const line = curve.map(({ mean }, index) => `${at(x(index))},${at(y(mean))}`).join(" ");
  const upper = curve.map(({ accuracies }, index) => `${at(x(index))},${at(y(Math.max(...accuracies)))}`);
  const lower = curve.map(({ accuracies }, index) => `${at(x(index))},${at(y(Math.min(...accuracies)))}`);
  const end = curve.at(-1)?.mean ?? 0;
  // Two labels at one height would lie on each other.
  const gap = Math.abs(y(end) - y(zeroShot.accuracy));
  const shift = gap < 18 ? (18 - gap) / 2 : 0;
  const side = end >= zeroShot.accuracy ? -1 : 1;
  return html`<svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Test accuracy against shots">
${ticks.map(
  (
    tick,
  ) => html`<line class="grid" x1="${MARGIN.left}" x2="${right}" y1="${at(y(tick))}" y2="${at(y(tick))}"/>
<text class="tick" x="${MARGIN.left - 8}" y="${at(y(tick) + 4)}" text-anchor="end">${Math.round(100 * tick)} %</text>`,
)}
<polygon class="band" points="${[...upper, ...lower.reverse()].join(" ")}"/>
<line class="zero-shot" x1="${MARGIN.left}" x2="${right}" y1="${at(y(zeroShot.accuracy))}" y2="${at(y(zeroShot.accuracy))}"/>
<polyline class="learned" points="${line}"/>
${curve.map(
  (
    { shots, mean, accuracies },
    index,
  ) => html`<circle class="dot" cx="${at(x(index))}" cy="${at(y(mean))}" r="4.5">
<title>${shots} shots: ${percent(mean)} (${accuracies.map(percent).join(", ")})</title></circle>
<text class="tick" x="${at(x(index))}" y="${HEIGHT - MARGIN.bottom + 22}" text-anchor="middle">${shots}</text>`,
)}
<text class="axis" x="${at((MARGIN.left + right) / 2)}" y="${HEIGHT - 4}" text-anchor="middle">training pictures a class</text>
<text class="label learned-text" x="${right + 8}" y="${at(y(end) + 4 + side * shift)}">LAMM ${percent(end)}</text>
<text class="label zero-shot-text" x="${right + 8}" y="${at(y(zeroShot.accuracy) + 4 - side * shift)}">names ${percent(zeroShot.accuracy)}</text>
</svg>`;
}
