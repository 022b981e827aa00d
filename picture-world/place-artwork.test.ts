import { expect, test } from "vitest";
import { createCanvas } from "./canvas.ts";
import { colourMatrix } from "./colour.ts";
import { type Placement, placeArtwork } from "./place-artwork.ts";
import type { RgbaImage } from "./rasterize.ts";

const SAME = colourMatrix({ hue: 0, saturation: 1, brightness: 1 });
const CENTRED: Placement = { x: 4, y: 4, width: 8, height: 8, angle: 0, mirrored: false };

/** An artwork of 8 x 8 pixels, red where `isOpaque`, else nothing. */
function artworkOf(isOpaque: (column: number, row: number) => boolean, alpha = 255): RgbaImage {
  const data = new Uint8Array(4 * 64);
  for (let i = 0; i < 64; i++) {
    if (isOpaque(i % 8, Math.floor(i / 8))) data.set([alpha, 0, 0, alpha], 4 * i);
  }
  return { width: 8, height: 8, data };
}

/** Places on blue, and tells where the canvas is red: rounded shares in tenths, row by row. */
function redness(artwork: RgbaImage, placement: Partial<Placement>): number[][] {
  const canvas = createCanvas(8);
  for (let i = 2; i < canvas.data.length; i += 3) canvas.data[i] = 255;
  placeArtwork(canvas, artwork, { ...CENTRED, ...placement }, SAME);
  return Array.from({ length: 8 }, (_, row) =>
    Array.from({ length: 8 }, (_, column) => {
      const at = 3 * (8 * row + column);
      const [red, green, blue] = canvas.data.subarray(at, at + 3) as unknown as [number, number, number];
      expect(green).toBe(0);
      expect(red + blue).toBeCloseTo(255, 3);
      return Math.round((10 * red) / 255);
    }),
  );
}

const topLeft = artworkOf((column, row) => column >= 1 && column < 4 && row >= 1 && row < 3);
const inside = (rows: number[][], [top, bottom]: [number, number], [left, right]: [number, number]) =>
  rows.slice(top, bottom).every((row) => row.slice(left, right).every((share) => share === 10));
const total = (rows: number[][]) => rows.flat().reduce((sum, share) => sum + share, 0);

test("an artwork of the canvas's size comes out as it is", () => {
  const rows = redness(topLeft, {});
  expect(inside(rows, [1, 3], [1, 4])).toBe(true);
  expect(total(rows)).toBe(60);
});

test("mirrored, left and right are swapped", () => {
  const rows = redness(topLeft, { mirrored: true });
  expect(inside(rows, [1, 3], [4, 7])).toBe(true);
  expect(total(rows)).toBe(60);
});

test("a quarter turn is clockwise", () => {
  const rows = redness(topLeft, { angle: Math.PI / 2 });
  expect(inside(rows, [1, 4], [5, 7])).toBe(true);
  expect(total(rows)).toBe(60);
});

test("shifted, the part outside the canvas is cut off", () => {
  const rows = redness(topLeft, { x: 2 });
  expect(inside(rows, [1, 3], [0, 2])).toBe(true);
  expect(total(rows)).toBe(40);
});

test("at a quarter of the size, pixels are averages", () => {
  const rows = redness(
    artworkOf((column) => column >= 1 && column < 7),
    { width: 2, height: 2 },
  );
  expect(rows[3]).toEqual(rows[4]);
  expect(rows[3]?.[3]).toBe(rows[3]?.[4]);
  expect(rows[3]?.[3]).toBeGreaterThan(6);
  expect(rows[3]?.[3]).toBeLessThan(10);
  expect([rows[3]?.[2], rows[3]?.[5], rows[2]?.[3], rows[5]?.[3]]).toEqual([0, 0, 0, 0]);
});

test("what is half transparent lets half through", () => {
  const rows = redness(
    artworkOf((column, row) => column === 4 && row === 4, 128),
    {},
  );
  expect(rows[4]?.[4]).toBe(5);
  expect(total(rows)).toBe(5);
});

test("mapped colours stay below their alpha", () => {
  const canvas = createCanvas(8);
  const bright = colourMatrix({ hue: 0, saturation: 1, brightness: 3 });
  placeArtwork(
    canvas,
    artworkOf(() => true, 100),
    CENTRED,
    bright,
  );
  expect(Math.max(...canvas.data)).toBeCloseTo(100, 3);
});
