import { expect, test } from "vitest";
import {
  centerCrop,
  normalizePixels,
  preprocess,
  preprocessingKey,
  preprocessingOf,
  resizedCrop,
} from "./preprocess.ts";
import type { RgbImage } from "./rgb-image.ts";

/** Red counts the columns, green the rows. */
function ramp(width: number, height: number): RgbImage {
  const data = new Uint8Array(3 * width * height);
  for (let i = 0; i < width * height; i++) data.set([i % width, Math.floor(i / width), 7], 3 * i);
  return { width, height, data };
}

const clip = {
  imageSize: 4,
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
} as const;

test.for([
  // Offsets 0.5 -> 0, 1.5 -> 2, 2.5 -> 2 and 3 -> 3: half to even.
  [4, 5, 0],
  [4, 7, 2],
  [4, 9, 2],
  [4, 10, 3],
] as const)("cuts the middle out, offsets rounded half to even: %i x %i", ([short, long, offset]) => {
  const tall = centerCrop(ramp(short, long), short);
  expect(tall.data.slice(0, 3)).toEqual(Uint8Array.of(0, offset, 7));
  const wide = centerCrop(ramp(long, short), short);
  expect(wide.data.slice(0, 3)).toEqual(Uint8Array.of(offset, 0, 7));
  expect([wide.width, wide.height]).toEqual([short, short]);
});

test("truncates the longer side", () => {
  // 3 x 5 to a shorter side of 4: 4 x 6.67, so 6 rows, and the crop starts at row 1.
  const uniform = { width: 3, height: 5, data: new Uint8Array(45).fill(9) };
  expect(centerCrop(uniform, 4).data).toEqual(new Uint8Array(48).fill(9));
});

test("survives a line of pixels", () => {
  const line = { width: 1, height: 3000, data: new Uint8Array(9000).fill(1) };
  expect(centerCrop(line, 8).data).toEqual(new Uint8Array(192).fill(1));
});

test("standardises channel by channel", () => {
  const image = { width: 2, height: 1, data: Uint8Array.of(0, 128, 255, 10, 20, 30) };
  const pixels = normalizePixels(image, clip);
  // torchvision: Normalize(mean, std)(ToTensor()(image))
  const expected = [0, 10, 128, 20, 255, 30].map((value, i) => {
    const channel = Math.floor(i / 2) as 0 | 1 | 2;
    return (value / 255 - clip.mean[channel]) / clip.std[channel];
  });
  pixels.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i] ?? Number.NaN, 5);
  });
});

test("gives the tower's input", () => {
  const image = ramp(4, 4);
  expect(preprocess(image, clip)).toEqual(normalizePixels(image, clip));
});

test("mirrors a crop after resizing it", () => {
  const image = ramp(4, 4);
  const box = { left: 1, top: 1, width: 2, height: 2 };
  const plain = resizedCrop(image, { box, flip: false, imageSize: 2 });
  expect(plain.data).toEqual(Uint8Array.of(1, 1, 7, 2, 1, 7, 1, 2, 7, 2, 2, 7));
  const flipped = resizedCrop(image, { box, flip: true, imageSize: 2 });
  expect(flipped.data).toEqual(Uint8Array.of(2, 1, 7, 1, 1, 7, 2, 2, 7, 1, 2, 7));
});

test("its key tells every setting apart", () => {
  const key = preprocessingKey(clip);
  expect(key).toBe(preprocessingKey({ ...clip }));
  expect(preprocessingKey({ ...clip, imageSize: 8 })).not.toBe(key);
  expect(preprocessingKey({ ...clip, mean: [0.5, 0.5, 0.5] })).not.toBe(key);
  expect(preprocessingKey({ ...clip, std: [0.5, 0.5, 0.5] })).not.toBe(key);
});

test("is read off a model's configuration", () => {
  const text = { width: 1, layers: 1, heads: 1, activation: "gelu", layerNormEps: 1e-5 } as const;
  expect(
    preprocessingOf({
      text: { ...text, vocabularySize: 1, contextLength: 1 },
      image: { kind: "vit", ...text, imageSize: 4, patchSize: 2 },
      jointWidth: 1,
      imageMean: clip.mean,
      imageStd: clip.std,
    }),
  ).toEqual(clip);
});
