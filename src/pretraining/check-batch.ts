import { DataError } from "../errors.ts";
import type { BatchRequest, CaptionedBatch } from "./picture-source.ts";

/**
 * Checks that a source gave what was asked for. Sources may be modules of the user's; pixels of another number would end up
 * in other pictures.
 *
 * @throws {DataError} if the number of pictures or captions, the size of a picture or a caption is not right
 */
export function checkBatch(
  { pictures, captions }: CaptionedBatch,
  { step, batchSize, imageSize }: BatchRequest,
): void {
  const fail = (expected: string, got: string): never => {
    throw new DataError({ where: `picture source, step ${step}`, expected, got });
  };
  if (pictures.length !== batchSize || captions.length !== batchSize) {
    fail(
      `${batchSize} pictures with a caption each`,
      `${pictures.length} pictures and ${captions.length} captions`,
    );
  }
  for (const { width, height, data } of pictures) {
    if (width === imageSize && height === imageSize && data.length === 3 * width * height) continue;
    fail(
      `pictures of ${imageSize} x ${imageSize} pixels, 3 values each`,
      `${data.length} values for ${width} x ${height} pixels`,
    );
  }
  for (const caption of captions as readonly unknown[]) {
    if (typeof caption === "string" && caption.trim() !== "") continue;
    fail("captions that say something", JSON.stringify(caption) ?? "undefined");
  }
}
