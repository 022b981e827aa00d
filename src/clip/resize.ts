import { ShapeError } from "../errors.ts";
import { checkPixelBox, checkRgbImage, type PixelBox, type PixelSize, type RgbImage } from "./rgb-image.ts";

/** Bits after the point of a fixed-point weight: 32, less 8 of a pixel, less 2 for sums beyond the pixel's range. */
const PRECISION_BITS = 32 - 8 - 2;
const ONE = 1 << PRECISION_BITS;
const HALF = 1 << (PRECISION_BITS - 1);

/** Reach of the bicubic kernel, in pixels of the coarser of the two pictures. */
const SUPPORT = 2;

/** What `resizeBicubic` makes of a picture. */
export interface ResizeOptions {
  /** Size of the whole resized picture. */
  readonly target: PixelSize;
  /** Part of the source that is resized, as if it had been cut out before; the whole source where it is left out. */
  readonly source?: PixelBox;
  /** Part of the resized picture that is returned; the rest is not computed. All of it where it is left out. */
  readonly region?: PixelBox;
}

/**
 * Resizes a picture with Pillow's antialiased bicubic filter, bit for bit: weights in fixed point, a horizontal pass, then
 * a vertical one over values that were rounded and clipped to 8 bits in between. An axis whose extent stays is copied.
 *
 * @returns an image of the region's size
 * @throws {ShapeError} if the picture, the target or one of the rectangles is not usable
 * @see Pillow 9.4.0, `src/libImaging/Resample.c`, whose arithmetic this follows
 */
export function resizeBicubic(image: RgbImage, options: ResizeOptions): RgbImage {
  checkRgbImage(image);
  const { target } = options;
  const source = options.source ?? wholeOf(image);
  const region = options.region ?? wholeOf(target);
  checkTarget(target);
  checkPixelBox("resize, part of the source", source, image);
  checkPixelBox("resize, part of the result", region, target);
  const vertical = filterOf(source.height, target.height, region.top, region.height);
  const rows = rowsOf(vertical, source, region);
  const horizontal = filterOf(source.width, target.width, region.left, region.width);
  const strip =
    horizontal === undefined
      ? copyBox(image, { left: source.left + region.left, width: region.width, ...rows })
      : resampleRows(image, horizontal, { ...source, ...rows });
  return vertical === undefined ? strip : resampleColumns(strip, vertical, rows.top - source.top);
}

/** Weights of one axis: output `i` sums `counts[i]` inputs from `firsts[i]` on, with weights from `i * stride` on. */
interface AxisFilter {
  readonly firsts: Int32Array;
  readonly counts: Int32Array;
  readonly weights: Int32Array;
  readonly stride: number;
}

function wholeOf({ width, height }: PixelSize): PixelBox {
  return { left: 0, top: 0, width, height };
}

function checkTarget({ width, height }: PixelSize): void {
  if (Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0) return;
  throw new ShapeError({
    where: "resize",
    expected: "a target of at least one whole pixel each way",
    got: `${width} x ${height}`,
  });
}

/** Keys' cubic convolution kernel with a = -0.5. */
function bicubic(x: number): number {
  const a = -0.5;
  const t = Math.abs(x);
  if (t < 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  if (t < 2) return (((t - 5) * t + 8) * t - 4) * a;
  return 0;
}

/** Weights of the outputs `first .. first + count`, or `undefined` for an axis that keeps its extent. */
function filterOf(sourceSize: number, targetSize: number, first: number, count: number) {
  if (sourceSize === targetSize) return undefined;
  const scale = sourceSize / targetSize;
  const filterScale = Math.max(scale, 1);
  const support = SUPPORT * filterScale;
  const stride = Math.ceil(support) * 2 + 1;
  const filter: AxisFilter = {
    firsts: new Int32Array(count),
    counts: new Int32Array(count),
    weights: new Int32Array(count * stride),
    stride,
  };
  const exact = new Float64Array(stride);
  for (let i = 0; i < count; i++) {
    const center = (first + i + 0.5) * scale;
    const from = Math.max(0, Math.trunc(center - support + 0.5));
    const taps = Math.min(sourceSize, Math.trunc(center + support + 0.5)) - from;
    // Pillow multiplies by the reciprocal; a division would round differently.
    const step = 1 / filterScale;
    let sum = 0;
    for (let tap = 0; tap < taps; tap++) {
      exact[tap] = bicubic((tap + from - center + 0.5) * step);
      sum += exact[tap]!;
    }
    for (let tap = 0; tap < taps; tap++) {
      const weight = (exact[tap]! / sum) * ONE;
      filter.weights[i * stride + tap] = Math.trunc(weight < 0 ? weight - 0.5 : weight + 0.5);
    }
    filter.firsts[i] = from;
    filter.counts[i] = taps;
  }
  return filter;
}

/** Rows of the picture that the region needs. */
function rowsOf(
  vertical: AxisFilter | undefined,
  source: PixelBox,
  region: PixelBox,
): Pick<PixelBox, "top" | "height"> {
  if (vertical === undefined) return { top: source.top + region.top, height: region.height };
  const last = vertical.firsts.length - 1;
  const top = vertical.firsts[0]!;
  return { top: source.top + top, height: vertical.firsts[last]! + vertical.counts[last]! - top };
}

function copyBox({ width, data }: RgbImage, box: PixelBox): RgbImage {
  const result = new Uint8Array(3 * box.width * box.height);
  for (let row = 0; row < box.height; row++) {
    const start = 3 * ((box.top + row) * width + box.left);
    result.set(data.subarray(start, start + 3 * box.width), 3 * row * box.width);
  }
  return { width: box.width, height: box.height, data: result };
}

function resampleRows({ width, data }: RgbImage, filter: AxisFilter, box: PixelBox): RgbImage {
  const { firsts, counts, weights, stride } = filter;
  const columns = firsts.length;
  const result = new Uint8ClampedArray(3 * columns * box.height);
  let out = 0;
  for (let row = 0; row < box.height; row++) {
    const start = 3 * ((box.top + row) * width + box.left);
    for (let column = 0; column < columns; column++) {
      let at = start + 3 * firsts[column]!;
      let weightAt = column * stride;
      const weightEnd = weightAt + counts[column]!;
      let red = HALF;
      let green = HALF;
      let blue = HALF;
      while (weightAt < weightEnd) {
        const weight = weights[weightAt++]!;
        red = (red + Math.imul(data[at]!, weight)) | 0;
        green = (green + Math.imul(data[at + 1]!, weight)) | 0;
        blue = (blue + Math.imul(data[at + 2]!, weight)) | 0;
        at += 3;
      }
      result[out] = red >> PRECISION_BITS;
      result[out + 1] = green >> PRECISION_BITS;
      result[out + 2] = blue >> PRECISION_BITS;
      out += 3;
    }
  }
  return { width: columns, height: box.height, data: new Uint8Array(result.buffer) };
}

/** @param skipped rows of the source above the strip */
function resampleColumns(strip: RgbImage, filter: AxisFilter, skipped: number): RgbImage {
  const { firsts, counts, weights, stride } = filter;
  const { data, width } = strip;
  const rows = firsts.length;
  const rowLength = 3 * width;
  const result = new Uint8ClampedArray(rowLength * rows);
  const sums = new Int32Array(rowLength);
  for (let row = 0; row < rows; row++) {
    sums.fill(HALF);
    for (let tap = 0; tap < counts[row]!; tap++) {
      const weight = weights[row * stride + tap]!;
      const start = (firsts[row]! - skipped + tap) * rowLength;
      for (let i = 0; i < rowLength; i++) sums[i] = sums[i]! + Math.imul(data[start + i]!, weight);
    }
    const start = row * rowLength;
    for (let i = 0; i < rowLength; i++) result[start + i] = sums[i]! >> PRECISION_BITS;
  }
  return { width, height: rows, data: new Uint8Array(result.buffer) };
}
