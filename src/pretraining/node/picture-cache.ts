import { resizeBicubic } from "../../clip/resize.ts";
import type { RgbImage } from "../../clip/rgb-image.ts";
import { readImage } from "../../data/decode-image.ts";
import { limitConcurrency } from "../../data/limit-concurrency.ts";

/** Pictures that are decoded at a time: all of sharp's threads, and no more, as one may take hundreds of megabytes. */
const DECODED_AT_ONCE = 4;

/** Which picture is wanted. */
export interface PictureRequest {
  /** Path of the file. */
  readonly path: string;
  /** Longest that the shorter side may be, in pixels: larger pictures are scaled down to it. */
  readonly maxSide: number;
}

/**
 * Decoded pictures that stay in memory as long as there is room; those beyond it are decoded at each use.
 *
 * @param maxBytes room for pixels, 3 bytes each
 * @returns reads a picture; rejects with a `DataError` that names the file where it is not usable
 */
export function createPictureCache(maxBytes: number): (request: PictureRequest) => Promise<RgbImage> {
  const kept = new Map<string, RgbImage>();
  let bytes = 0;
  const decode = limitConcurrency(DECODED_AT_ONCE, async ({ path, maxSide }: PictureRequest) => {
    const key = keyOf({ path, maxSide });
    // It may have been decoded while this request waited: a batch can have one picture many times.
    const known = kept.get(key);
    if (known !== undefined) return known;
    const image = shrink(await readImage(path), maxSide);
    if (!kept.has(key) && bytes + image.data.length <= maxBytes) {
      kept.set(key, image);
      bytes += image.data.length;
    }
    return image;
  });
  return async (request) => kept.get(keyOf(request)) ?? decode(request);
}

function keyOf({ path, maxSide }: PictureRequest): string {
  return `${maxSide} ${path}`;
}

function shrink(image: RgbImage, maxSide: number): RgbImage {
  const shorter = Math.min(image.width, image.height);
  if (shorter <= maxSide) return image;
  const scaled = (side: number) => Math.round((side * maxSide) / shorter);
  return resizeBicubic(image, { target: { width: scaled(image.width), height: scaled(image.height) } });
}
