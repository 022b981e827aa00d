import { ShapeError } from "../errors.ts";
import type { Value } from "../graph/node.ts";
import { formatShape, sameShape } from "../tensor/shape.ts";

/**
 * Refuses pictures that an image tower does not take.
 *
 * @param imageSize side R of the model's pictures
 * @throws {ShapeError} if pixels are not `[B, 3, R, R]`
 */
export function checkPixels({ shape }: Value, imageSize: number): void {
  if (sameShape(shape, [shape[0] ?? 0, 3, imageSize, imageSize])) return;
  throw new ShapeError({
    where: "image tower",
    expected: `pixels [B, 3, ${imageSize}, ${imageSize}]`,
    got: formatShape(shape),
    fix: "Preprocess the pictures for this model.",
  });
}
