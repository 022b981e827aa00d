import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { resizedCrop } from "../../clip/preprocess.ts";
import type { PixelBox, RgbImage } from "../../clip/rgb-image.ts";
import { drawCrop } from "../../data/augmentation.ts";
import { readImage } from "../../data/decode-image.ts";
import { DataError } from "../../errors.ts";
import { storageErrorOf } from "../../tensor/node/storage-error.ts";
import { createRandom, type Random } from "../../tensor/random.ts";
import { type CaptionedPicture, parseCaptions } from "../parse-captions.ts";
import type { PictureSource } from "../picture-source.ts";

/** Where pictures and captions are. */
export interface CaptionedFolderOptions {
  readonly folder: string;
  /** Name of the captions file in it; `captions.jsonl`, or else `metadata.jsonl`, if not given. */
  readonly captions?: string;
}

const CAPTIONS_FILES = ["captions.jsonl", "metadata.jsonl"] as const;

/** Share of a picture's area that a step sees, from and to: enough that a caption still tells what is there. */
const CROP_SCALE = [0.5, 1] as const;

/** Larger pictures are kept at this many times the model's side: the smallest crop still has as many pixels as it sees. */
const KEPT_FACTOR = 2;

/** Memory for decoded pictures, in bytes: 40,000 pictures of 128 x 128 pixels, or 9,000 of 256 x 256. */
const MAX_KEPT_BYTES = 2 ** 31 - 1;

/** As many names as an error shows. */
const SHOWN = 5;

/** What streams of random numbers are for; they have nothing in common. */
const STREAM = { order: 1n, picture: 2n } as const;

/** Changes with every change of the draws. */
const VERSION = 1;

/**
 * Opens a folder of pictures with a captions file (see {@link parseCaptions}). The pictures come in random order, each once before any
 * comes again; each time with one of its captions and a random part of it, mirrored never: captions may say "left".
 *
 * @throws {DataError} if the captions are not usable (see {@link parseCaptions}), or pictures are missing
 * @throws {StorageError} if the captions file cannot be read
 */
export async function createCaptionedFolder(options: CaptionedFolderOptions): Promise<PictureSource> {
  const { folder } = options;
  const file = join(
    folder,
    options.captions ?? CAPTIONS_FILES.find((name) => existsSync(join(folder, name))) ?? CAPTIONS_FILES[0],
  );
  const content = readText(file);
  const pictures = parseCaptions(content, file);
  const identity = createHash("sha256").update(`${VERSION}\n${content}\n${sizesOf(folder, pictures, file)}`);
  const open = createPictureCache();
  const order = createOrder(pictures.length);
  return {
    identity: identity.digest("hex"),
    texts: pictures.flatMap(({ captions }) => captions),
    async batch({ step, batchSize, imageSize, seed }) {
      const numbers = Array.from({ length: batchSize }, (_, index) => step * batchSize + index);
      const views = await Promise.all(
        numbers.map(async (number) => {
          const { image, captions } = pictures[order(seed, number)] as CaptionedPicture;
          const random = createStream(seed, STREAM.picture, number);
          const decoded = await open(join(folder, image), imageSize);
          const { box } = drawCrop(decoded, random, CROP_SCALE);
          const picture = resizedCrop(decoded, { box, flip: false, imageSize });
          return { picture, caption: captions[random.randBelow(captions.length)] ?? "" };
        }),
      );
      return {
        pictures: views.map(({ picture }) => picture),
        captions: views.map(({ caption }) => caption),
      };
    },
  };
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw storageErrorOf(file, error);
  }
}

/** Sizes of the picture files, in order: changed pictures are another source. */
function sizesOf(folder: string, pictures: readonly CaptionedPicture[], file: string): string {
  const sizes = pictures.map(({ image }) => statSync(join(folder, image), { throwIfNoEntry: false })?.size);
  const missing = pictures.filter((_, index) => sizes[index] === undefined).map(({ image }) => image);
  if (missing.length === 0) return sizes.join(",");
  const more = missing.length > SHOWN ? ` and ${missing.length - SHOWN} more` : "";
  throw new DataError({
    where: file,
    expected: `the ${pictures.length} pictures that it names`,
    got: `no file for ${missing.length} of them: ${missing.slice(0, SHOWN).join(", ")}${more}`,
    fix: "Paths are relative to the folder. Add the pictures or remove their lines.",
  });
}

/** Decoded pictures, made small enough to keep, up to a limit; what is beyond is decoded each time. */
function createPictureCache(): (path: string, imageSize: number) => Promise<RgbImage> {
  const kept = new Map<string, RgbImage>();
  let bytes = 0;
  return async (path, imageSize) => {
    const key = `${imageSize} ${path}`;
    const known = kept.get(key);
    if (known !== undefined) return known;
    const image = shrink(await readImage(path), KEPT_FACTOR * imageSize);
    if (bytes + image.data.length <= MAX_KEPT_BYTES) {
      kept.set(key, image);
      bytes += image.data.length;
    }
    return image;
  };
}

/** A picture whose shorter side is larger than `side` as the square middle of it, of that side. */
function shrink(image: RgbImage, side: number): RgbImage {
  const shorter = Math.min(image.width, image.height);
  if (shorter <= side) return image;
  const box: PixelBox = {
    left: Math.floor((image.width - shorter) / 2),
    top: Math.floor((image.height - shorter) / 2),
    width: shorter,
    height: shorter,
  };
  return resizedCrop(image, { box, flip: false, imageSize: side });
}

/** Which picture comes at which place: permutations of all, one after the other. */
function createOrder(count: number): (seed: number, number: number) => number {
  const epochs = new Map<string, readonly number[]>();
  return (seed, number) => {
    const epoch = Math.floor(number / count);
    const key = `${seed} ${epoch}`;
    let order = epochs.get(key);
    if (order === undefined) {
      // A batch may reach from one epoch into the next, and is drawn again after a stop: two epochs are enough.
      const [oldest] = epochs.keys();
      if (epochs.size >= 2 && oldest !== undefined) epochs.delete(oldest);
      order = createStream(seed, STREAM.order, epoch).shuffle(Array.from({ length: count }, (_, i) => i));
      epochs.set(key, order);
    }
    return order[number % count] ?? 0;
  };
}

/** A stream of random numbers for one use of one number of a run. */
function createStream(seed: number, use: bigint, number: number): Random {
  return createRandom((BigInt(seed) << 96n) | (use << 64n) | BigInt(number));
}
