import { coordinate as at, type Html, html } from "../../experiments/report/html.ts";
import type { FeatureMap, MapPoint } from "../demo-result.ts";

const WIDTH = 640;
const HEIGHT = 460;
const MARGIN = 34;
/** Room of a letter, a line, and between a point and its name. */
const LETTER = 9;
const LINE = 17;
const GAP = 9;
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
${placeNames(map.after, names, x, y)}
</svg>`;
}

/** Names beside their points, each moved down until it lies on none before. */
function placeNames(
  points: readonly MapPoint[],
  names: readonly string[],
  x: (point: MapPoint) => number,
  y: (point: MapPoint) => number,
): Html[] {
  const placed: { readonly left: number; readonly right: number; readonly y: number }[] = [];
  return points.map((point) => {
    const name = names[point.label] ?? "";
    const width = name.length * LETTER;
    const isAtEnd = x(point) + GAP + width > WIDTH;
    const left = isAtEnd ? x(point) - GAP - width : x(point) + GAP;
    const box = { left, right: left + width, y: y(point) + 4 };
    while (placed.some((other) => overlaps(box, other))) box.y += LINE / 2;
    placed.push(box);
    return html`<text class="map-name" x="${at(box.left)}" y="${at(box.y)}">${name}</text>`;
  });
}

interface NameBox {
  readonly left: number;
  readonly right: number;
  readonly y: number;
}

function overlaps(a: NameBox, b: NameBox): boolean {
  return a.left < b.right && b.left < a.right && Math.abs(a.y - b.y) < LINE;
}

function range(values: readonly number[]): [number, number] {
  return [Math.min(...values), Math.max(...values)];
}
