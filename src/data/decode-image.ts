// Node only: decodes with sharp.
import { readFile, stat } from "node:fs/promises";
import sharp, { type Metadata } from "sharp";
import type { RgbImage } from "../clip/rgb-image.ts";
import { DataError } from "../errors.ts";

/**
 * Most pixels that a picture may have. All of its pixels are held in memory, 3 bytes each, so this one takes 384 MiB; it lets
 * through the 108 megapixels of a telephone's camera and stops files that claim more than they can hold. The size is read
 * from the file's header, so that a larger picture costs nothing.
 */
export const MAX_PIXELS = 2 ** 27;

/**
 * Largest picture file that is read, in bytes: a file is in memory as a whole while it is decoded, and what is larger than the
 * pixels of the largest picture is something else under a picture's name.
 */
export const MAX_FILE_BYTES = 3 * MAX_PIXELS;

/** What sharp calls the formats that we read; it would render SVG and documents as well, which are not photographs. */
const FORMATS: ReadonlySet<string> = new Set(["jpeg", "png", "webp", "heif", "gif", "tiff"]);

/**
 * File-name extensions, in lower case, of the formats that are read: JPEG, PNG, WebP, AVIF, GIF (its first frame), TIFF. Only
 * the search for pictures goes by them; the decoder looks at the content.
 */
export const PICTURE_EXTENSIONS: ReadonlySet<string> = new Set([
  ...[".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".avif", ".gif", ".tif", ".tiff"],
]);

/** Settings of every decoding: damage that loses pixels is an error, a stray byte is not. */
const SETTINGS = { failOn: "error", limitInputPixels: MAX_PIXELS, ignoreIcc: true } as const;

/**
 * Decodes a picture to RGB as Pillow's `convert("RGB")` does: grey is repeated, a palette looked up, alpha dropped rather than
 * blended, CMYK multiplied out, an embedded colour profile ignored. Departures: EXIF orientation is applied, so that a
 * telephone's photographs stand upright; of 16 bits of grey the upper 8 are taken, where Pillow shows all above 255 as white;
 * what is transparent in a GIF is black, because its colour is lost in the decoder.
 *
 * @param bytes content of the file
 * @param name of the file, for messages
 * @throws {DataError} if the content is empty, damaged, too large or no picture; the message names the file
 */
export async function decodeImage(bytes: Uint8Array, name: string): Promise<RgbImage> {
  if (bytes.length === 0) throw new DataError({ where: name, expected: "a picture", got: "an empty file" });
  const metadata = await readMetadata(bytes, name);
  try {
    return metadata.space === "cmyk" ? await decodeCmyk(bytes) : await decodeRgb(bytes);
  } catch (cause) {
    throw new DataError({
      where: name,
      expected: "a whole picture",
      got: `damaged ${metadata.format} data (${reasonOf(cause)})`,
      fix: "Save or download the picture again.",
      cause,
    });
  }
}

/**
 * Reads and decodes a picture file.
 *
 * @throws {DataError} if the file cannot be read, or its content is empty, damaged, too large or no picture
 */
export async function readImage(path: string): Promise<RgbImage> {
  return decodeImage(await readPictureBytes(path), path);
}

/**
 * Reads the bytes of a picture file.
 *
 * @throws {DataError} if there is no such file, it cannot be read or is larger than {@link MAX_FILE_BYTES}
 */
export async function readPictureBytes(path: string): Promise<Uint8Array> {
  const expected = "a readable file";
  let refused: string;
  try {
    // A pipe would be waited for without end.
    const found = await stat(path);
    if (found.isFile() && found.size <= MAX_FILE_BYTES) return await readFile(path);
    refused = found.isFile() ? `${found.size} bytes, more than ${MAX_FILE_BYTES}` : "a folder or device";
  } catch (cause) {
    throw new DataError({ where: path, expected, got: reasonOf(cause), cause });
  }
  throw new DataError({ where: path, expected, got: refused });
}

async function readMetadata(bytes: Uint8Array, name: string): Promise<Metadata> {
  let metadata: Metadata;
  try {
    // The limit is ours to check, with a message of ours; a header is all that is read here.
    metadata = await sharp(bytes, { ...SETTINGS, limitInputPixels: false }).metadata();
  } catch (cause) {
    throw notAPicture(name, reasonOf(cause), cause);
  }
  const { format, width, height } = metadata;
  if (!FORMATS.has(format)) throw notAPicture(name, `a file of the format ${format}`);
  if (width * height > MAX_PIXELS) {
    throw new DataError({
      where: name,
      expected: `a picture of at most ${MAX_PIXELS} pixels`,
      got: `${width} x ${height} pixels`,
      fix: "Scale the picture down; a few hundred pixels a side are enough.",
    });
  }
  return metadata;
}

function notAPicture(name: string, got: string, cause?: unknown): DataError {
  const expected = "a JPEG, PNG, WebP, AVIF, GIF or TIFF picture";
  return new DataError({ where: name, expected, got, cause });
}

async function decodeRgb(bytes: Uint8Array): Promise<RgbImage> {
  const { data, info } = await sharp(bytes, SETTINGS)
    .autoOrient()
    .removeAlpha()
    .toColourspace("srgb")
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}

/** sharp would go through a printing profile; Pillow multiplies what the inks let through. */
async function decodeCmyk(bytes: Uint8Array): Promise<RgbImage> {
  const { data, info } = await sharp(bytes, SETTINGS)
    .autoOrient()
    .pipelineColourspace("cmyk")
    .toColourspace("cmyk")
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const rgb = new Uint8Array(3 * width * height);
  for (let pixel = 0; pixel < width * height; pixel++) {
    const light = 255 - data[channels * pixel + 3]!;
    for (let channel = 0; channel < 3; channel++) {
      rgb[3 * pixel + channel] = light - multiply255(data[channels * pixel + channel]!, light);
    }
  }
  return { width, height, data: rgb };
}

/** `a * b / 255` rounded, in Pillow's integer arithmetic. */
function multiply255(a: number, b: number): number {
  const product = a * b + 128;
  return ((product >> 8) + product) >> 8;
}

/** The first line of a message of the decoder or the system, which may end where the second would say more. */
function reasonOf(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return (message.split("\n")[0] ?? message).replace(/:\s*$/, "");
}
