// Node only: reads and decodes files.
import { normalizePixels, type Preprocessing } from "../clip/preprocess.ts";
import { DataError } from "../errors.ts";
import { makeView } from "./augmentation.ts";
import { contentHashOf } from "./content-hash.ts";
import { decodeImage, readPictureBytes } from "./decode-image.ts";

/** Some views of one picture to be made. */
export interface ViewJob {
  /** Path of the picture. */
  readonly path: string;
  /** What the file's content had when the views were asked for. */
  readonly contentHash: string;
  /** Numbers of the views; 0 is the centre crop. */
  readonly views: readonly number[];
  /** Of the random crops. */
  readonly seed: number;
  readonly preprocessing: Preprocessing;
}

/**
 * Reads a picture and makes the image tower's input of some of its views.
 *
 * @returns float32 `[views.length, 3, R, R]`
 * @throws {DataError} if the file cannot be read or decoded, or its content is another by now
 */
export async function prepareViews(job: ViewJob): Promise<Float32Array<ArrayBuffer>> {
  const { path, contentHash, preprocessing, seed } = job;
  const { imageSize } = preprocessing;
  const bytes = await readPictureBytes(path);
  if (contentHashOf(bytes) !== contentHash) {
    throw new DataError({
      where: path,
      expected: "a file that stays as it is",
      got: "content that changed between two readings",
    });
  }
  const image = await decodeImage(bytes, path);
  const size = 3 * imageSize * imageSize;
  const pixels = new Float32Array(job.views.length * size);
  job.views.forEach((view, index) => {
    const crop = makeView(image, { view, seed, contentHash, imageSize });
    normalizePixels(crop, preprocessing, pixels.subarray(index * size, (index + 1) * size));
  });
  return pixels;
}
