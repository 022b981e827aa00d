import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { resizedCrop } from "../../clip/preprocess.ts";
import { drawCrop } from "../../data/augmentation.ts";
import { hashPicture } from "../../data/content-hash.ts";
import { limitConcurrency } from "../../data/limit-concurrency.ts";
import { DataError } from "../../errors.ts";
import { CAPTIONS_FIX, type CaptionedPicture, parseCaptions } from "../parse-captions.ts";
import type { PictureSource } from "../picture-source.ts";
import { createRandomOrder, createStream } from "../random-order.ts";
import { createPictureCache } from "./picture-cache.ts";

/** Where pictures and captions are. */
export interface CaptionedFolderOptions {
  readonly folder: string;
  /** Name of the captions file in it; `captions.jsonl`, or else `metadata.jsonl`, if not given. */
  readonly captions?: string;
}

const CAPTIONS_FILES = ["captions.jsonl", "metadata.jsonl"] as const;

/** Share of a picture's area that a step sees, from and to: enough that a caption still tells what is there. */
const CROP_SCALE = [0.5, 1] as const;

/**
 * Larger pictures are kept with a shorter side of this many times the model's: their smallest crop still has as many pixels
 * each way as the model sees.
 */
const KEPT_FACTOR = 2;

/** Memory for decoded pictures, in bytes: 43,000 pictures of 128 x 128 pixels, or 3,500 of 448 x 448. */
const MAX_KEPT_BYTES = 2 ** 31;

/** Files that are hashed at a time. */
const HASHED_AT_ONCE = 8;

/** As many names as an error shows. */
const SHOWN = 5;

/** What streams of random numbers are for; they have nothing in common. */
const STREAM = { order: 1, picture: 2 } as const;

/** Changes with every change of the draws. */
const VERSION = 2;

/**
 * Opens a folder of pictures with a captions file (see {@link parseCaptions}). The pictures come in random order, each once before any
 * comes again; each time with one of its captions and a random part of it, mirrored never: captions may say "left".
 *
 * The first use of a picture decodes it; up to 2 GiB of them stay in memory.
 *
 * @throws {DataError} if the captions file cannot be read or used (see {@link parseCaptions}), or pictures are missing; when a
 *   batch is drawn, if one of its pictures is damaged
 */
export async function createCaptionedFolder(options: CaptionedFolderOptions): Promise<PictureSource> {
  const { folder } = options;
  const file = join(
    folder,
    options.captions ?? CAPTIONS_FILES.find((name) => existsSync(join(folder, name))) ?? CAPTIONS_FILES[0],
  );
  const content = readCaptions(file, folder);
  const pictures = parseCaptions(content, file);
  checkPresent(folder, pictures, file);
  const identity = createHash("sha256").update(`${VERSION}\n${content}\n${await hashesOf(folder, pictures)}`);
  const open = createPictureCache(MAX_KEPT_BYTES);
  const pictureAt = createRandomOrder(pictures, STREAM.order);
  return {
    identity: identity.digest("hex"),
    texts: pictures.flatMap(({ captions }) => captions),
    async batch({ step, batchSize, imageSize, seed }) {
      const numbers = Array.from({ length: batchSize }, (_, index) => step * batchSize + index);
      const views = await Promise.all(
        numbers.map(async (number) => {
          const { image, captions } = pictureAt(seed, number);
          const random = createStream(seed, STREAM.picture, number);
          const decoded = await open({ path: join(folder, image), maxSide: KEPT_FACTOR * imageSize });
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

function readCaptions(file: string, folder: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const isAbsent = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
    const absent = existsSync(folder) ? "no file of that name" : "no such folder";
    throw new DataError({
      where: file,
      expected: "a captions file",
      got: isAbsent ? absent : messageOf(cause),
      ...(isAbsent ? { fix: CAPTIONS_FIX } : {}),
      cause,
    });
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function checkPresent(folder: string, pictures: readonly CaptionedPicture[], file: string): void {
  const missing = pictures.map(({ image }) => image).filter((image) => !isFile(join(folder, image)));
  if (missing.length === 0) return;
  const more = missing.length > SHOWN ? ` and ${missing.length - SHOWN} more` : "";
  throw new DataError({
    where: file,
    expected: `the ${pictures.length} pictures that it names`,
    got: `no file for ${missing.length} of them: ${missing.slice(0, SHOWN).join(", ")}${more}`,
    fix: "Paths are relative to the folder. Add the pictures or remove their lines.",
  });
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    // Not there, below a file, or no path at all.
    return false;
  }
}

/** SHA-256 of the contents, in order. All are read before the first step, which costs less than the first epoch's decoding. */
async function hashesOf(folder: string, pictures: readonly CaptionedPicture[]): Promise<string> {
  const hash = limitConcurrency(HASHED_AT_ONCE, hashPicture);
  const files = await Promise.all(pictures.map(({ image }) => hash(join(folder, image))));
  return files.map((file) => file.hash).join("\n");
}
