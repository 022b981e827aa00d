import type { Canvas } from "./canvas.ts";
import type { ColourMatrix } from "./colour.ts";
import type { RgbaImage } from "./rasterize.ts";

/** Where an artwork goes on a canvas. Lengths in pixels of the canvas. */
export interface Placement {
  /** Centre. */
  readonly x: number;
  /** Centre. */
  readonly y: number;
  /** Width before turning. */
  readonly width: number;
  /** Height before turning. */
  readonly height: number;
  /** Clockwise, in radians. */
  readonly angle: number;
  /** Whether left and right are swapped, before turning. */
  readonly mirrored: boolean;
}

/** Samples a pixel has each way for each artwork pixel that it is wide. */
const SAMPLES_PER_PIXEL = 0.8;

/**
 * Draws an artwork over a canvas: turned and scaled by bilinear interpolation, several samples a pixel where it shrinks, its
 * colours mapped.
 */
export function placeArtwork(
  canvas: Canvas,
  artwork: RgbaImage,
  placement: Placement,
  colours: ColourMatrix,
): void {
  const { x, y, width, height, angle, mirrored } = placement;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [scaleX, scaleY] = [artwork.width / width, artwork.height / height];
  const sign = mirrored ? -1 : 1;
  const samples = Math.max(1, Math.round(SAMPLES_PER_PIXEL * Math.max(scaleX, scaleY)));
  const toArtwork: ToArtwork = {
    x,
    y,
    ux: sign * cos * scaleX,
    uy: sign * sin * scaleX,
    vx: -sin * scaleY,
    vy: cos * scaleY,
    samples,
  };
  const reachX = (Math.abs(cos) * width + Math.abs(sin) * height) / 2 + 1;
  const reachY = (Math.abs(sin) * width + Math.abs(cos) * height) / 2 + 1;
  const { side, data } = canvas;
  const [left, right] = [Math.max(0, Math.floor(x - reachX)), Math.min(side, Math.ceil(x + reachX))];
  const [top, bottom] = [Math.max(0, Math.floor(y - reachY)), Math.min(side, Math.ceil(y + reachY))];
  const sum = new Float64Array(4);
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      sumSamples(sum, artwork, toArtwork, column, row);
      if (sum[3]! > 0) blend(data, 3 * (row * side + column), sum, 1 / (samples * samples), colours);
    }
  }
}

/** How points of the canvas become points of the artwork: u = ux (column - x) + uy (row - y) from its centre; v alike. */
interface ToArtwork {
  readonly x: number;
  readonly y: number;
  readonly ux: number;
  readonly uy: number;
  readonly vx: number;
  readonly vy: number;
  /** Samples each way in a pixel. */
  readonly samples: number;
}

/** Sums the artwork's values at all samples of a pixel of the canvas; outside of it there is nothing. */
function sumSamples(sum: Float64Array, artwork: RgbaImage, to: ToArtwork, column: number, row: number): void {
  const { width, height, data } = artwork;
  const { samples } = to;
  let [red, green, blue, alpha] = [0, 0, 0, 0];
  for (let sampleY = 0; sampleY < samples; sampleY++) {
    const dy = row - to.y + (sampleY + 0.5) / samples;
    for (let sampleX = 0; sampleX < samples; sampleX++) {
      const dx = column - to.x + (sampleX + 0.5) / samples;
      const u = to.ux * dx + to.uy * dy + width / 2 - 0.5;
      const v = to.vx * dx + to.vy * dy + height / 2 - 0.5;
      if (u < 0 || v < 0 || u >= width - 1 || v >= height - 1) continue;
      const [i, j] = [Math.trunc(u), Math.trunc(v)];
      const at = 4 * (j * width + i);
      const below = at + 4 * width;
      if ((data[at + 3]! | data[at + 7]! | data[below + 3]! | data[below + 7]!) === 0) continue;
      const d = (u - i) * (v - j);
      const c = v - j - d;
      const b = u - i - d;
      const a = 1 - b - c - d;
      red += a * data[at]! + b * data[at + 4]! + c * data[below]! + d * data[below + 4]!;
      green += a * data[at + 1]! + b * data[at + 5]! + c * data[below + 1]! + d * data[below + 5]!;
      blue += a * data[at + 2]! + b * data[at + 6]! + c * data[below + 2]! + d * data[below + 6]!;
      alpha += a * data[at + 3]! + b * data[at + 7]! + c * data[below + 3]! + d * data[below + 7]!;
    }
  }
  sum[0] = red;
  sum[1] = green;
  sum[2] = blue;
  sum[3] = alpha;
}

/** Puts a colour multiplied by alpha, times `scale`, over a pixel. */
function blend(data: Float32Array, at: number, sum: Float64Array, scale: number, m: ColourMatrix): void {
  const red = sum[0]! * scale;
  const green = sum[1]! * scale;
  const blue = sum[2]! * scale;
  const alpha = sum[3]! * scale;
  const behind = 1 - alpha / 255;
  data[at] = data[at]! * behind + clampTo(m[0] * red + m[1] * green + m[2] * blue, alpha);
  data[at + 1] = data[at + 1]! * behind + clampTo(m[3] * red + m[4] * green + m[5] * blue, alpha);
  data[at + 2] = data[at + 2]! * behind + clampTo(m[6] * red + m[7] * green + m[8] * blue, alpha);
}

/** A colour multiplied by alpha is at most alpha. */
function clampTo(value: number, most: number): number {
  return value < 0 ? 0 : value > most ? most : value;
}
