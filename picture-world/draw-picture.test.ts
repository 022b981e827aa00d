import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { RgbImage } from "../src/clip/rgb-image.ts";
import { createRandom } from "../src/tensor/random.ts";
import { CONDITIONS, type ConditionsName, type PictureConditions, STANDARD } from "./conditions.ts";
import { drawPicture } from "./draw-picture.ts";
import type { RgbaImage } from "./rasterize.ts";

/** No chance besides colours: an artwork of half the side in the middle of one colour. */
const CALM: PictureConditions = {
  ...STANDARD,
  scale: [0.5, 0.5],
  stretch: 1,
  rotation: 0,
  overhang: -0.25,
  flip: 0,
  hue: 0,
  saturation: [1, 1],
  brightness: [1, 1],
  grey: 0,
  backgrounds: { plain: 1, gradient: 0, stripes: 0, checks: 0, blobs: 0, clouds: 0 },
  clutter: 0,
  hidden: 0,
  blur: 0,
  noise: [0, 0],
  contrast: [1, 1],
};

/** A square of one colour. */
function squareOf(colour: readonly [number, number, number]): RgbaImage {
  const data = new Uint8Array(4 * 16 * 16);
  for (let i = 0; i < data.length; i += 4) data.set([...colour, 255], i);
  return { width: 16, height: 16, data };
}

/** A disc of one colour, half transparent at its border. */
function discOf(colour: readonly [number, number, number]): RgbaImage {
  const side = 48;
  const data = new Uint8Array(4 * side * side);
  for (let i = 0; i < side * side; i++) {
    const distance = Math.sqrt(((i % side) - side / 2) ** 2 + (Math.floor(i / side) - side / 2) ** 2);
    const alpha = distance < 20 ? 1 : distance < 22 ? 0.5 : 0;
    data.set(
      [...colour, 255].map((value) => value * alpha),
      4 * i,
    );
  }
  return { width: side, height: side, data };
}

const RED = squareOf([200, 0, 0]);
const pixel = ({ width, data }: RgbImage, column: number, row: number) => [
  ...data.subarray(3 * (width * row + column), 3 * (width * row + column) + 3),
];
const shareOf = (picture: RgbImage, colour: readonly number[]) => {
  let count = 0;
  for (let i = 0; i < picture.data.length; i += 3) {
    if (colour.every((value, channel) => picture.data[i + channel] === value)) count++;
  }
  return (3 * count) / picture.data.length;
};
const draw = (conditions: PictureConditions, seed = 1, artwork = RED, clutter: RgbaImage[] = []) =>
  drawPicture({ artwork, clutter, conditions, random: createRandom(seed), imageSize: 64 });

test("pictures are a pure function of the arguments", () => {
  const conditionNames = Object.keys(CONDITIONS) as ConditionsName[];
  fc.assert(
    fc.property(
      fc.nat(),
      fc.integer({ min: 8, max: 80 }),
      fc.constantFrom(...conditionNames),
      (seed, imageSize, name) => {
        const request = { artwork: RED, clutter: [RED, RED, RED], conditions: CONDITIONS[name], imageSize };
        const picture = drawPicture({ ...request, random: createRandom(seed) });
        expect(picture).toMatchObject({ width: imageSize, height: imageSize });
        expect(picture.data).toHaveLength(3 * imageSize * imageSize);
        expect(drawPicture({ ...request, random: createRandom(seed) })).toEqual(picture);
        expect(drawPicture({ ...request, random: createRandom(seed + 1) })).not.toEqual(picture);
      },
    ),
    { numRuns: 40 },
  );
});

test("pictures have the recorded bytes", () => {
  const artwork = discOf([180, 90, 20]);
  const clutter = [RED];
  const hash = createHash("sha256");
  const random = createRandom(7);
  for (const conditions of Object.values(CONDITIONS)) {
    for (let i = 0; i < 8; i++)
      hash.update(drawPicture({ artwork, clutter, conditions, random, imageSize: 64 }).data);
  }
  // A new digest means other pictures: change the generator's version with it.
  expect(hash.digest("hex")).toMatchInlineSnapshot(
    `"c8acf356f6e403dada937e823ed804a5292ac150735b6fefa0cf402e562ab5be"`,
  );
});

test("without chance, the artwork lies in the middle of one colour", () => {
  const picture = draw(CALM);
  expect(pixel(picture, 32, 32)).toEqual([200, 0, 0]);
  expect(shareOf(picture, [200, 0, 0])).toBeGreaterThan(0.2);
  expect(shareOf(picture, pixel(picture, 0, 0))).toBeGreaterThan(0.6);
  expect(pixel(picture, 63, 63)).toEqual(pixel(picture, 0, 0));
});

test("backgrounds keep a distance from the artwork's colour", () => {
  const near = Array.from({ length: 60 }, (_, seed) => {
    const corner = pixel(draw({ ...CALM, backgroundDistance: 60 }, seed), 0, 0) as [number, number, number];
    return (Math.abs(corner[0] - 200) + corner[1] + corner[2]) / 3 < 60;
  });
  // A sixth draw is taken as it is, which a colour in the middle of all would need now and then.
  expect(near.filter(Boolean).length).toBeLessThan(3);
});

test("grey artworks have no colour", () => {
  const [red, green, blue] = pixel(draw({ ...CALM, grey: 1 }), 32, 32);
  expect(new Set([red, green, blue]).size).toBe(1);
});

test("what hides covers a part, not the whole", () => {
  for (let seed = 0; seed < 20; seed++) {
    const hidden = draw({ ...CALM, hidden: 1, hiddenSide: [0.4, 0.4] }, seed);
    const share = shareOf(hidden, [200, 0, 0]);
    expect(share).toBeGreaterThan(0.1);
    expect(share).toBeLessThan(shareOf(draw(CALM, seed), [200, 0, 0]));
  }
});

test("clutter is drawn beside the artwork", () => {
  const green = squareOf([0, 250, 0]);
  let seen = 0;
  for (let seed = 0; seed < 20; seed++) {
    const picture = draw({ ...CALM, clutter: 1 }, seed, RED, [green]);
    expect(pixel(picture, 32, 32)).toEqual([200, 0, 0]);
    if (picture.data.some((value, i) => i % 3 === 1 && value > 150 && picture.data[i - 1]! < 100)) seen++;
  }
  expect(seen).toBeGreaterThan(15);
});

test("an artwork without a pixel leaves the background", () => {
  const nothing: RgbaImage = { width: 4, height: 4, data: new Uint8Array(64) };
  const picture = draw(CALM, 1, nothing);
  expect(shareOf(picture, pixel(picture, 0, 0))).toBe(1);
});
