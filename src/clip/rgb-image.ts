import { ShapeError } from "../errors.ts";

/** A decoded picture: 8-bit red, green, blue interleaved, rows from the top, no padding. */
export interface RgbImage {
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
  /** `3 * width * height` values. */
  readonly data: Uint8Array;
}

/** A rectangle of whole pixels inside a picture. */
export interface PixelBox {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Width and height in pixels. */
export interface PixelSize {
  readonly width: number;
  readonly height: number;
}

/**
 * Checks that a picture has pixels, and as many as its size says.
 *
 * @throws {ShapeError} if it has not
 */
export function checkRgbImage({ width, height, data }: RgbImage): void {
  const whole = Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0;
  if (whole && data.length === 3 * width * height) return;
  throw new ShapeError({
    where: "picture",
    expected: "3 values for each of its pixels, and at least one pixel",
    got: `${data.length} values for ${width} x ${height} pixels`,
  });
}

/**
 * Checks that a rectangle has pixels and lies inside a picture.
 *
 * @param where the rectangle's role, for the message
 * @throws {ShapeError} if it has none or reaches out
 */
export function checkPixelBox(where: string, box: PixelBox, within: PixelSize): void {
  const { left, top, width, height } = box;
  const whole = [left, top, width, height].every(Number.isInteger);
  const inside = left >= 0 && top >= 0 && left + width <= within.width && top + height <= within.height;
  if (whole && inside && width > 0 && height > 0) return;
  throw new ShapeError({
    where,
    expected: `a rectangle of whole pixels inside ${within.width} x ${within.height}`,
    got: `${width} x ${height} at (${left}, ${top})`,
  });
}
