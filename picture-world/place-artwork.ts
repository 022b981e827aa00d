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
  // Artwork coordinates of the canvas's pixels: u = ux * dx + uy * dy + u0.
  const [ux, uy] = [sign * cos * scaleX, sign * sin * scaleX];
  const [vx, vy] = [-sin * scaleY, cos * scaleY];
  const samples = Math.max(1, Math.round(Math.max(scaleX, scaleY) / 1.2));
  const reachX = (Math.abs(cos) * width + Math.abs(sin) * height) / 2 + 1;
  const reachY = (Math.abs(sin) * width + Math.abs(cos) * height) / 2 + 1;
  const { side, data } = canvas;
  const [left, right] = [Math.max(0, Math.floor(x - reachX)), Math.min(side, Math.ceil(x + reachX))];
  const [top, bottom] = [Math.max(0, Math.floor(y - reachY)), Math.min(side, Math.ceil(y + reachY))];
  const sum = new Float64Array(4);
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      sum.fill(0);
      for (let sample = 0; sample < samples * samples; sample++) {
        const dx = column - x + ((sample % samples) + 0.5) / samples;
        const dy = row - y + (Math.floor(sample / samples) + 0.5) / samples;
        const u = ux * dx + uy * dy + artwork.width / 2 - 0.5;
        const v = vx * dx + vy * dy + artwork.height / 2 - 0.5;
        addSample(sum, artwork, u, v);
      }
      if (sum[3]! > 0) blend(data, 3 * (row * side + column), sum, 1 / (samples * samples), colours);
    }
  }
}

/** Adds an artwork's value at a point between pixels; nothing outside. */
function addSample(sum: Float64Array, { width, height, data }: RgbaImage, u: number, v: number): void {
  const column = Math.floor(u);
  const row = Math.floor(v);
  if (column < 0 || row < 0 || column >= width - 1 || row >= height - 1) return;
  const [right, down] = [u - column, v - row];
  const a = (1 - right) * (1 - down);
  const b = right * (1 - down);
  const c = (1 - right) * down;
  const d = right * down;
  const at = 4 * (row * width + column);
  const below = at + 4 * width;
  for (let channel = 0; channel < 4; channel++) {
    sum[channel]! +=
      a * data[at + channel]! +
      b * data[at + 4 + channel]! +
      c * data[below + channel]! +
      d * data[below + 4 + channel]!;
  }
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
