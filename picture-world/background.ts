import type { Random } from "../src/tensor/random.ts";
import type { Canvas } from "./canvas.ts";
import { coverPixel, fillMixture } from "./canvas.ts";
import type { Colour } from "./colour.ts";
import { nearbyColour, randomColour } from "./colour.ts";
import type { BackgroundKind, PictureConditions } from "./conditions.ts";

/** Fills a canvas with a background around a colour. */
export type DrawBackground = (canvas: Canvas, base: Colour, random: Random) => void;

/** Every kind of background. */
export const BACKGROUNDS: Readonly<Record<BackgroundKind, DrawBackground>> = {
  plain: (canvas, base) => fillMixture(canvas, { from: base, to: base }, () => 0),
  gradient: drawGradient,
  stripes: drawStripes,
  checks: drawChecks,
  blobs: drawBlobs,
  clouds: drawClouds,
};

/** Draws one of the kinds, by weight. */
export function drawBackground(
  canvas: Canvas,
  conditions: PictureConditions,
  base: Colour,
  random: Random,
): void {
  const kinds = Object.entries(conditions.backgrounds) as [BackgroundKind, number][];
  let rest = random.random() * kinds.reduce((sum, [, weight]) => sum + weight, 0);
  let chosen: BackgroundKind = "plain";
  for (const [kind, weight] of kinds) {
    chosen = kind;
    rest -= weight;
    if (rest < 0) break;
  }
  BACKGROUNDS[chosen](canvas, base, random);
}

function drawGradient(canvas: Canvas, base: Colour, random: Random): void {
  const angle = 2 * Math.PI * random.random();
  const [dx, dy] = [Math.cos(angle), Math.sin(angle)];
  const reach = Math.abs(dx) + Math.abs(dy);
  const to = nearbyColour(base, 90, random);
  fillMixture(canvas, { from: base, to }, (x, y) => 0.5 + ((x - 0.5) * dx + (y - 0.5) * dy) / reach);
}

function drawStripes(canvas: Canvas, base: Colour, random: Random): void {
  const angle = Math.PI * random.random();
  const period = 0.1 + 0.3 * random.random();
  const phase = random.random();
  const [dx, dy] = [Math.cos(angle) / period, Math.sin(angle) / period];
  const sharpness = period * canvas.side * 0.5;
  fillMixture(canvas, { from: base, to: nearbyColour(base, 55, random) }, (x, y) =>
    edge(0.5 * Math.cos(2 * Math.PI * (x * dx + y * dy + phase)), sharpness),
  );
}

function drawChecks(canvas: Canvas, base: Colour, random: Random): void {
  const angle = (Math.PI / 2) * random.random();
  const frequency = 1 / (0.15 + 0.3 * random.random());
  const [dx, dy] = [Math.cos(angle) * frequency, Math.sin(angle) * frequency];
  const phase = random.random();
  const sharpness = canvas.side / frequency;
  fillMixture(canvas, { from: base, to: nearbyColour(base, 50, random) }, (x, y) => {
    const across = triangle(x * dx + y * dy + phase);
    const along = triangle(y * dx - x * dy + phase);
    return edge(across * along, sharpness);
  });
}

function drawBlobs(canvas: Canvas, base: Colour, random: Random): void {
  fillMixture(canvas, { from: base, to: base }, () => 0);
  const { side, data } = canvas;
  const count = 3 + Math.floor(4 * random.random());
  for (let blob = 0; blob < count; blob++) {
    const colour = random.random() < 0.3 ? randomColour(random) : nearbyColour(base, 80, random);
    const [x, y] = [side * random.random(), side * random.random()];
    const radius = side * (0.08 + 0.22 * random.random());
    const softness = 1 + radius * random.random();
    const reach = radius + softness;
    const [left, right] = [Math.max(0, Math.floor(x - reach)), Math.min(side, Math.ceil(x + reach))];
    const [top, bottom] = [Math.max(0, Math.floor(y - reach)), Math.min(side, Math.ceil(y + reach))];
    for (let row = top; row < bottom; row++) {
      for (let column = left, at = 3 * (row * side + left); column < right; column++, at += 3) {
        const inside = (radius - Math.sqrt((column - x) ** 2 + (row - y) ** 2)) / softness + 0.5;
        if (inside > 0) coverPixel(data, at, colour, inside < 1 ? inside : 1);
      }
    }
  }
}

/** Smooth noise: two grids of random shares, interpolated. */
function drawClouds(canvas: Canvas, base: Colour, random: Random): void {
  const coarse = createValueNoise(3 + Math.floor(3 * random.random()), random);
  const fine = createValueNoise(8 + Math.floor(6 * random.random()), random);
  const roughness = 0.5 * random.random();
  fillMixture(
    canvas,
    { from: base, to: nearbyColour(base, 100, random) },
    (x, y) => (1 - roughness) * coarse(x, y) + roughness * fine(x, y),
  );
}

function createValueNoise(cells: number, random: Random): (x: number, y: number) => number {
  const width = cells + 1;
  const grid = Float64Array.from({ length: width * width }, () => random.random());
  return (x, y) => {
    const [column, row] = [Math.floor(x * cells), Math.floor(y * cells)];
    const [across, down] = [x * cells - column, y * cells - row];
    const at = row * width + column;
    const top = grid[at]! + across * (grid[at + 1]! - grid[at]!);
    const bottom = grid[at + width]! + across * (grid[at + width + 1]! - grid[at + width]!);
    return top + down * (bottom - top);
  };
}

/** From -0.5 to 0.5 and back with period 1, in straight lines. */
function triangle(phase: number): number {
  return 2 * Math.abs(phase - Math.floor(phase) - 0.5) - 0.5;
}

/** A step from 0 to 1 at 0, as steep as asked for, so that edges do not flicker. */
function edge(value: number, sharpness: number): number {
  const t = value * sharpness + 0.5;
  return t < 0 ? 0 : t > 1 ? 1 : t;
}
