import { centerCrop, resizedCrop } from "../clip/preprocess.ts";
import type { PixelBox, PixelSize, RgbImage } from "../clip/rgb-image.ts";
import { createRandom, type Random } from "../tensor/random.ts";

/** Share of the picture's area that a random crop takes, from and to. */
const SCALE = [0.08, 1] as const;
/** Width over height of a random crop, from and to. */
const RATIO = [3 / 4, 4 / 3] as const;
/** Draws that may reach out of the picture before the middle is taken. */
const MAX_TRIES = 10;
/** Chance that left and right are exchanged. */
const FLIP_PROBABILITY = 0.5;

/** Name of the draws below. It is part of the feature cache's keys: change it with every change of the views. */
const ALGORITHM = "random-resized-crop/1";

/** What an augmented view shows of a picture. */
export interface RandomCrop {
  readonly box: PixelBox;
  /** Whether left and right are exchanged. */
  readonly flip: boolean;
}

/** Which view of which picture, under which seed. */
export interface ViewOptions {
  /** 0 is the centre crop, all others are random crops. */
  readonly view: number;
  /** Of the run; an integer. */
  readonly seed: number;
  /** SHA-256 of the file's bytes in hexadecimal digits: a picture keeps its views under any name. */
  readonly contentHash: string;
  /** Side of the square view, in pixels. */
  readonly imageSize: number;
}

/**
 * One view of a picture, for views that are computed once: view 0 is CLIP's own centre crop, every other a random crop and flip
 * that depends on the seed, the picture's content and the view's number alone.
 *
 * @returns `imageSize` x `imageSize` pixels
 * @throws {ShapeError} if the picture's size and number of values do not fit
 */
export function makeView(image: RgbImage, { view, seed, contentHash, imageSize }: ViewOptions): RgbImage {
  if (view === 0) return centerCrop(image, imageSize);
  const crop = drawCrop(image, createRandom(viewSeed({ view, seed, contentHash })));
  return resizedCrop(image, { ...crop, imageSize });
}

/** A text that two views of one picture share if and only if they show the same of it: the seed matters to random crops only. */
export function viewKey({ view, seed }: Pick<ViewOptions, "view" | "seed">): string {
  return view === 0 ? "center" : `${ALGORITHM} seed=${seed} view=${view}`;
}

/**
 * Draws a crop of 8 to 100 % of the area with a ratio of 3:4 to 4:3, log-uniform, and a flip in half of the cases. Where ten
 * draws do not fit into the picture, the largest crop of the middle with an allowed ratio is taken.
 *
 * @param random advanced by the draws
 * @param scale other shares of the area, from and to
 * @see torchvision 0.14.1, `RandomResizedCrop.get_params`; the random numbers are not PyTorch's
 */
export function drawCrop(
  size: PixelSize,
  random: Random,
  scale: readonly [number, number] = SCALE,
): RandomCrop {
  const box = drawBox(size, random, scale) ?? middleBox(size);
  return { box, flip: random.random() < FLIP_PROBABILITY };
}

function drawBox(size: PixelSize, random: Random, scale: readonly [number, number]): PixelBox | undefined {
  const area = size.width * size.height;
  for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
    const cropArea = area * uniform(random, ...scale);
    const ratio = Math.exp(uniform(random, Math.log(RATIO[0]), Math.log(RATIO[1])));
    const width = Math.round(Math.sqrt(cropArea * ratio));
    const height = Math.round(Math.sqrt(cropArea / ratio));
    if (width > 0 && width <= size.width && height > 0 && height <= size.height) {
      const top = random.randBelow(size.height - height + 1);
      const left = random.randBelow(size.width - width + 1);
      return { left, top, width, height };
    }
  }
  return undefined;
}

function middleBox(size: PixelSize): PixelBox {
  // A line of pixels has no crop of an allowed ratio; one pixel is the least.
  const width = Math.min(size.width, Math.max(1, Math.round(size.height * RATIO[1])));
  const height = Math.min(size.height, Math.max(1, Math.round(size.width / RATIO[0])));
  return {
    left: Math.floor((size.width - width) / 2),
    top: Math.floor((size.height - height) / 2),
    width,
    height,
  };
}

function uniform(random: Random, from: number, to: number): number {
  return from + (to - from) * random.random();
}

/** The three numbers side by side, so that no two views share a stream. */
function viewSeed({ view, seed, contentHash }: Omit<ViewOptions, "imageSize">): bigint {
  const content = BigInt(`0x${contentHash}`);
  return (((content << 64n) | BigInt.asUintN(64, BigInt(seed))) << 32n) | BigInt(view);
}
