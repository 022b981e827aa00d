import type { ClipConfig } from "./config.ts";
import { resizeBicubic } from "./resize.ts";
import { checkRgbImage, type PixelBox, type PixelSize, type RgbImage } from "./rgb-image.ts";

/** Name of the arithmetic below. It is part of the feature cache's keys: change it with every change of the pixels. */
const ALGORITHM = "pillow-bicubic-8bit/1";

/** What CLIP's preprocessing depends on. */
export interface Preprocessing {
  /** Side R of the square input, in pixels. */
  readonly imageSize: number;
  /** Per RGB channel, of values in [0, 1]. */
  readonly mean: readonly [number, number, number];
  /** Per RGB channel, of values in [0, 1]. */
  readonly std: readonly [number, number, number];
}

/** The preprocessing that a model was trained with. */
export function preprocessingOf({ image, imageMean, imageStd }: ClipConfig): Preprocessing {
  return { imageSize: image.imageSize, mean: imageMean, std: imageStd };
}

/** A text that two preprocessings share if and only if they turn every picture into the same pixels. */
export function preprocessingKey({ imageSize, mean, std }: Preprocessing): string {
  return `${ALGORITHM} size=${imageSize} mean=${mean.join(",")} std=${std.join(",")}`;
}

/**
 * CLIP's crop, in 8 bits: the shorter side is resized to `imageSize`, the longer one in proportion and truncated to an
 * integer, and the middle is cut out, its offset rounded half to even. Only what the crop shows is computed.
 *
 * @returns `imageSize` x `imageSize` pixels
 * @throws {ShapeError} if the picture's size and number of values do not fit
 * @see torchvision 0.14.1, `Resize` and `CenterCrop` of a Pillow image
 */
export function centerCrop(image: RgbImage, imageSize: number): RgbImage {
  checkRgbImage(image);
  const target = resizedSize(image, imageSize);
  const region: PixelBox = {
    left: roundHalfEven((target.width - imageSize) / 2),
    top: roundHalfEven((target.height - imageSize) / 2),
    width: imageSize,
    height: imageSize,
  };
  return resizeBicubic(image, { target, region });
}

/**
 * A rectangle of a picture, cut out and resized to a square, mirrored on demand: one augmented view.
 *
 * @param box the rectangle, in pixels of the picture
 * @param flip whether left and right are exchanged after the resizing
 * @returns `imageSize` x `imageSize` pixels
 * @throws {ShapeError} if the picture or the rectangle is not usable
 * @see torchvision 0.14.1, `resized_crop` of a Pillow image
 */
export function resizedCrop(
  image: RgbImage,
  { box, flip, imageSize }: { box: PixelBox; flip: boolean; imageSize: number },
): RgbImage {
  const crop = resizeBicubic(image, { source: box, target: { width: imageSize, height: imageSize } });
  return flip ? mirrored(crop) : crop;
}

/**
 * Scales 8-bit values to [0, 1] and standardises them, in float32 step by step as PyTorch does.
 *
 * @param image `imageSize` x `imageSize` pixels
 * @param out where to write; its first `3 * width * height` elements become the picture, channel by channel (CHW)
 * @returns `out`
 */
export function normalizePixels(
  { width, height, data }: RgbImage,
  { mean, std }: Pick<Preprocessing, "mean" | "std">,
  out: Float32Array = new Float32Array(3 * width * height),
): Float32Array {
  const plane = width * height;
  for (const channel of [0, 1, 2] as const) {
    const values = normalizedValues(mean[channel], std[channel]);
    for (let pixel = 0; pixel < plane; pixel++) {
      out[channel * plane + pixel] = values[data[3 * pixel + channel]!]!;
    }
  }
  return out;
}

/**
 * The image tower's input for a picture, by CLIP's own preprocessing.
 *
 * @returns float32 `[3, R, R]`
 * @throws {ShapeError} if the picture's size and number of values do not fit
 */
export function preprocess(image: RgbImage, preprocessing: Preprocessing): Float32Array {
  return normalizePixels(centerCrop(image, preprocessing.imageSize), preprocessing);
}

function resizedSize({ width, height }: PixelSize, side: number): PixelSize {
  const long = Math.trunc((side * Math.max(width, height)) / Math.min(width, height));
  return width <= height ? { width: side, height: long } : { width: long, height: side };
}

/** Python's `round` of a multiple of one half. */
function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** The 256 values that a channel can take. */
function normalizedValues(mean: number, std: number): Float32Array {
  const values = new Float32Array(256);
  for (let value = 0; value < 256; value++) {
    const centered = Math.fround(Math.fround(value / 255) - Math.fround(mean));
    values[value] = centered / Math.fround(std);
  }
  return values;
}

function mirrored({ width, height, data }: RgbImage): RgbImage {
  const result = new Uint8Array(data.length);
  for (let pixel = 0; pixel < width * height; pixel++) {
    const column = pixel % width;
    const from = 3 * (pixel - column + (width - 1 - column));
    result[3 * pixel] = data[from]!;
    result[3 * pixel + 1] = data[from + 1]!;
    result[3 * pixel + 2] = data[from + 2]!;
  }
  return { width, height, data: result };
}
