import fc from "fast-check";
import { expect, test } from "vitest";
import { ShapeError } from "../errors.ts";
import { resizeBicubic } from "./resize.ts";
import type { PixelBox, RgbImage } from "./rgb-image.ts";

const side = fc.integer({ min: 1, max: 24 });
const image = fc
  .tuple(side, side)
  .chain(([width, height]) =>
    fc
      .uint8Array({ minLength: 3 * width * height, maxLength: 3 * width * height })
      .map((data): RgbImage => ({ width, height, data })),
  );

function cut({ width, data }: RgbImage, box: PixelBox): RgbImage {
  const result: number[] = [];
  for (let row = box.top; row < box.top + box.height; row++) {
    const start = 3 * (row * width + box.left);
    result.push(...data.subarray(start, start + 3 * box.width));
  }
  return { width: box.width, height: box.height, data: Uint8Array.from(result) };
}

/** A rectangle inside a picture, chosen by four fractions. */
function boxIn(
  { width, height }: { width: number; height: number },
  [a, b, c, d]: readonly number[],
): PixelBox {
  const left = Math.floor((a ?? 0) * width);
  const top = Math.floor((b ?? 0) * height);
  return {
    left,
    top,
    width: 1 + Math.floor((c ?? 0) * (width - left)),
    height: 1 + Math.floor((d ?? 0) * (height - top)),
  };
}
const fraction = fc.double({ min: 0, max: 0.999, noNaN: true });
const fractions = fc.array(fraction, { minLength: 4, maxLength: 4 });

test("halves a step edge with Pillow's values", () => {
  // Image.fromarray(row).resize((4, 1), Image.BICUBIC): taps of the kernel at odd quarters, normalised.
  const row = [0, 0, 0, 0, 255, 255, 255, 255].flatMap((value) => [value, value, value]);
  const { data } = resizeBicubic(
    { width: 8, height: 1, data: Uint8Array.from(row) },
    { target: { width: 4, height: 1 } },
  );
  expect([...data].filter((_, i) => i % 3 === 0)).toEqual(bicubicHalf([0, 0, 0, 0, 255, 255, 255, 255]));
});

/** The same from the definition, in floating point: scale 2, support 4, weights normalised inside the picture. */
function bicubicHalf(values: readonly number[]): number[] {
  const kernel = (x: number) => {
    const t = Math.abs(x);
    if (t < 1) return 1.5 * t ** 3 - 2.5 * t ** 2 + 1;
    return t < 2 ? -0.5 * t ** 3 + 2.5 * t ** 2 - 4 * t + 2 : 0;
  };
  return Array.from({ length: values.length / 2 }, (_, i) => {
    const weights = values.map((_, j) => kernel((j + 0.5 - (2 * i + 1)) / 2));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    const value = values.reduce((total, x, j) => total + (x * (weights[j] ?? 0)) / sum, 0);
    return Math.min(255, Math.max(0, Math.round(value)));
  });
}

test("keeps a uniform picture uniform", () => {
  fc.assert(
    fc.property(side, side, side, side, fc.nat(255), (width, height, toWidth, toHeight, value) => {
      const data = new Uint8Array(3 * width * height).fill(value);
      const resized = resizeBicubic(
        { width, height, data },
        { target: { width: toWidth, height: toHeight } },
      );
      expect(new Set(resized.data)).toEqual(new Set([value]));
    }),
  );
});

test("copies a picture of the target's size", () => {
  fc.assert(
    fc.property(image, (source) => {
      expect(resizeBicubic(source, { target: source })).toEqual(source);
    }),
  );
});

test("a region is that part of the whole", () => {
  fc.assert(
    fc.property(image, side, side, fractions, (source, width, height, at) => {
      const target = { width, height };
      const region = boxIn(target, at);
      expect(resizeBicubic(source, { target, region })).toEqual(
        cut(resizeBicubic(source, { target }), region),
      );
    }),
  );
});

test("a part of the source is resized as if it had been cut out", () => {
  fc.assert(
    fc.property(image, side, side, fractions, (source, width, height, at) => {
      const target = { width, height };
      const box = boxIn(source, at);
      expect(resizeBicubic(source, { target, source: box })).toEqual(
        resizeBicubic(cut(source, box), { target }),
      );
    }),
  );
});

test("refuses what is no picture, no size and no part", () => {
  const ok = { width: 2, height: 2, data: new Uint8Array(12) };
  expect(() => resizeBicubic({ ...ok, width: 3 }, { target: ok })).toThrow(
    "picture: expected 3 values for each of its pixels, and at least one pixel, got 12 values for 3 x 2 pixels",
  );
  expect(() => resizeBicubic(ok, { target: { width: 0, height: 2 } })).toThrow(
    "resize: expected a target of at least one whole pixel each way, got 0 x 2",
  );
  const box = { left: 1, top: 0, width: 2, height: 2 };
  expect(() => resizeBicubic(ok, { target: ok, source: box })).toThrow(
    "resize, part of the source: expected a rectangle of whole pixels inside 2 x 2, got 2 x 2 at (1, 0)",
  );
  expect(() => resizeBicubic(ok, { target: ok, region: { ...box, width: 0 } })).toThrow(ShapeError);
});
