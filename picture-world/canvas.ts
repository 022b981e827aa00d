import type { RgbImage } from "../src/clip/rgb-image.ts";
import type { Colour } from "./colour.ts";

/** A square picture while it is drawn: channels from 0 to 255, fractions and overshoot allowed. */
export interface Canvas {
  /** In pixels. */
  readonly side: number;
  /** `3 * side * side` values, interleaved, rows from the top. */
  readonly data: Float32Array;
}

/** A black canvas. */
export function createCanvas(side: number): Canvas {
  return { side, data: new Float32Array(3 * side * side) };
}

/**
 * Fills a canvas with mixtures of two colours.
 *
 * @param share how much of `to` the pixel with this centre has, in [0, 1]; x and y in [0, 1]
 */
export function fillMixture(
  { side, data }: Canvas,
  colours: { from: Colour; to: Colour },
  share: (x: number, y: number) => number,
): void {
  const { from, to } = colours;
  const delta = [to[0] - from[0], to[1] - from[1], to[2] - from[2]] as const;
  for (let row = 0, at = 0; row < side; row++) {
    const y = (row + 0.5) / side;
    for (let column = 0; column < side; column++, at += 3) {
      const t = share((column + 0.5) / side, y);
      data[at] = from[0] + t * delta[0];
      data[at + 1] = from[1] + t * delta[1];
      data[at + 2] = from[2] + t * delta[2];
    }
  }
}

/** Mixes a colour over one pixel. */
export function coverPixel(data: Float32Array, at: number, colour: Colour, share: number): void {
  data[at]! += share * (colour[0] - data[at]!);
  data[at + 1]! += share * (colour[1] - data[at + 1]!);
  data[at + 2]! += share * (colour[2] - data[at + 2]!);
}

/** The canvas in whole numbers, from 0 to 255. */
export function toRgbImage({ side, data }: Canvas): RgbImage {
  const bytes = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    bytes[i] = value < 0 ? 0 : value >= 255 ? 255 : value + 0.5;
  }
  return { width: side, height: side, data: bytes };
}
