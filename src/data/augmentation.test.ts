import fc from "fast-check";
import { expect, test } from "vitest";
import { centerCrop, resizedCrop } from "../clip/preprocess.ts";
import type { RgbImage } from "../clip/rgb-image.ts";
import { createRandom, type Random } from "../tensor/random.ts";
import { drawCrop, makeView, viewKey } from "./augmentation.ts";

const options = { seed: 1, contentHash: "ab".repeat(32), imageSize: 8 };

function noise(width: number, height: number): RgbImage {
  const random = createRandom(7);
  return {
    width,
    height,
    data: Uint8Array.from({ length: 3 * width * height }, () => random.randBelow(256)),
  };
}

/** A stream that gives these uniform numbers, and their share of n for integers. */
function scripted(values: readonly number[]): Random {
  const rest = [...values];
  const random = () => rest.shift() ?? Number.NaN;
  return { ...createRandom(0), random, randBelow: (n) => Math.floor(random() * n) };
}

test("view 0 is the centre crop", () => {
  const image = noise(20, 13);
  expect(makeView(image, { ...options, view: 0 })).toEqual(centerCrop(image, 8));
});

test("other views depend on seed, content and number alone", () => {
  const image = noise(40, 30);
  const view = (change: Partial<typeof options & { view: number }>) =>
    makeView(image, { ...options, view: 1, ...change }).data;
  expect(view({})).toEqual(view({}));
  expect(view({ view: 2 })).not.toEqual(view({}));
  expect(view({ seed: 2 })).not.toEqual(view({}));
  expect(view({ seed: 0 })).not.toEqual(view({}));
  expect(view({ contentHash: "cd".repeat(32) })).not.toEqual(view({}));
});

test("keys tell views apart, and the centre crop has no seed", () => {
  expect(viewKey({ view: 0, seed: 1 })).toBe(viewKey({ view: 0, seed: 2 }));
  const keys = [1, 2].flatMap((view) => [1, 2].map((seed) => viewKey({ view, seed })));
  expect(new Set([...keys, viewKey({ view: 0, seed: 1 })]).size).toBe(5);
});

test("crops have torchvision's area and ratio and lie inside", () => {
  const side = fc.integer({ min: 1, max: 600 });
  fc.assert(
    fc.property(side, side, fc.nat(), (width, height, seed) => {
      const { box } = drawCrop({ width, height }, createRandom(seed));
      expect(box.left).toBeGreaterThanOrEqual(0);
      expect(box.top).toBeGreaterThanOrEqual(0);
      expect(box.left + box.width).toBeLessThanOrEqual(width);
      expect(box.top + box.height).toBeLessThanOrEqual(height);
      expect(box.width).toBeGreaterThan(0);
      expect(box.height).toBeGreaterThan(0);
      // Rounding moves each side by half a pixel at most.
      const line = width / height < 0.75 || width / height > 4 / 3;
      if (!line) expect((box.width + 0.5) * (box.height + 0.5)).toBeGreaterThanOrEqual(0.08 * width * height);
      expect((box.width - 0.5) / (box.height + 0.5)).toBeLessThanOrEqual(4 / 3);
      expect((box.width + 0.5) / (box.height - 0.5)).toBeGreaterThanOrEqual(3 / 4);
    }),
  );
});

test("draws area, ratio, top, left and flip in this order", () => {
  // Area 0.08 + 0.92 * 0.25 = 0.31 of 10,000, ratio exp(0) = 1: side sqrt(3100) = 55.7.
  const crop = drawCrop({ width: 100, height: 100 }, scripted([0.25, 0.5, 0.5, 0, 0.49]));
  expect(crop).toEqual({ box: { left: 0, top: 22, width: 56, height: 56 }, flip: true });
});

test("tries again where a crop does not fit, and takes the middle after ten", () => {
  // The whole area at a ratio of 4:3 is wider than a square picture.
  const tooWide = [1, 1];
  const second = drawCrop({ width: 100, height: 100 }, scripted([...tooWide, 0.25, 0.5, 0, 0, 0.5]));
  expect(second).toEqual({ box: { left: 0, top: 0, width: 56, height: 56 }, flip: false });
  const never = Array.from({ length: 10 }, () => tooWide).flat();
  expect(drawCrop({ width: 100, height: 100 }, scripted([...never, 0])).box).toEqual({
    left: 0,
    top: 0,
    width: 100,
    height: 100,
  });
  expect(drawCrop({ width: 400, height: 30 }, scripted([...never, 0])).box).toEqual({
    left: 180,
    top: 0,
    width: 40,
    height: 30,
  });
  expect(drawCrop({ width: 30, height: 401 }, scripted([...never, 0])).box).toEqual({
    left: 0,
    top: 180,
    width: 30,
    height: 40,
  });
});

test("a view is the drawn crop, resized and flipped", () => {
  const image = noise(50, 40);
  const views = Array.from({ length: 12 }, (_, i) => makeView(image, { ...options, view: i + 1 }).data);
  const seeds = Array.from({ length: 12 }, (_, i) => {
    const content = BigInt(`0x${options.contentHash}`);
    return (((content << 64n) | 1n) << 32n) | BigInt(i + 1);
  });
  const crops = seeds.map((seed) => drawCrop(image, createRandom(seed)));
  expect(views).toEqual(crops.map((crop) => resizedCrop(image, { ...crop, imageSize: 8 }).data));
  expect(new Set(crops.map(({ flip }) => flip)).size).toBe(2);
});
