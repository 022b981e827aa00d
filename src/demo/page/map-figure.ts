import type { FeatureMap, MapPoint } from "../demo-result.ts";
import { coordinate as at, type Html, html } from "./html.ts";

const WIDTH = 640;
const HEIGHT = 460;
const MARGIN = 34;
/** Arrows shorter than this have no room for a head. */
const LEAST_ARROW = 8;

/** Image features as dots, text features by name as rings, and an arrow to where training moved them. */
export function mapFigure(map: FeatureMap, names: readonly string[]): Html {
  const points = [...map.images, ...map.before, ...map.after];
  const [left, right] = range(points.map(({ x }) => x));
  const [bottom, top] = range(points.map(({ y }) => y));
  const x = (point: MapPoint) => MARGIN + ((WIDTH - 2 * MARGIN) * (point.x - left)) / (right - left || 1);
  const y = (point: MapPoint) => MARGIN + ((HEIGHT - 2 * MARGIN) * (top - point.y)) / (top - bottom || 1);
  const hue = (label: number) => `hue-${map.labels.indexOf(label)}`;
  const moves = map.before.map((from, index) => ({ from, to: map.after[index] ?? from }));
  return html`<svg class="chart map" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Map of image and text features">
<defs><marker id="head" viewBox="0 0 10 10" refX="8" refY="5" markerWidth="6" markerHeight="6" orient="auto-start-reverse"><path d="M0 0L10 5L0 10z" class="head"/></marker></defs>
${map.images.map(
  (point) =>
    html`<circle class="image ${hue(point.label)}" cx="${at(x(point))}" cy="${at(y(point))}" r="3.2"/>`,
)}
${moves.map(({ from, to }) => {
  const length = Math.hypot(x(to) - x(from), y(to) - y(from));
  const arrow = html`<line class="move" x1="${at(x(from))}" y1="${at(y(from))}" x2="${at(x(to))}" y2="${at(y(to))}" marker-end="url(#head)"/>`;
  return html`${length < LEAST_ARROW ? [] : [arrow]}
<circle class="text-before ${hue(from.label)}" cx="${at(x(from))}" cy="${at(y(from))}" r="6"/>
<circle class="text-after ${hue(from.label)}" cx="${at(x(to))}" cy="${at(y(to))}" r="5"/>`;
})}
${moves.map(({ to }) => {
  const anchor = x(to) > WIDTH - 110 ? "end" : "start";
  const offset = anchor === "end" ? -9 : 9;
  return html`<text class="map-name" x="${at(x(to) + offset)}" y="${at(y(to) + 4)}" text-anchor="${anchor}">${names[to.label] ?? ""}</text>`;
})}
</svg>`;
}

function range(values: readonly number[]): [number, number] {
  return [Math.min(...values), Math.max(...values)];
}
