import sharp from "sharp";

/** A picture with transparency: 8-bit red, green, blue, alpha interleaved, rows from the top. */
export interface RgbaImage {
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
  /** `4 * width * height` values; colours are multiplied by alpha, so that averages of pixels are right. */
  readonly data: Uint8Array;
}

/** Resolution that sharp takes for a document without units, in dots per inch. */
const BASE_DENSITY = 72;

/**
 * Draws an SVG document into a square.
 *
 * @param svg a whole document with a width in pixels
 * @param side width and height of the result, in pixels
 */
export async function rasterize(svg: string, side: number): Promise<RgbaImage> {
  const width = Number(/ width="([\d.]+)"/.exec(svg)?.[1] ?? side);
  const { data } = await sharp(Buffer.from(svg), { density: (BASE_DENSITY * side) / width })
    .resize(side, side, { fit: "fill" })
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: side, height: side, data: multiplyByAlpha(data) };
}

function multiplyByAlpha(data: Uint8Array): Uint8Array {
  const result = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i += 4) {
    const alpha = data[i + 3]!;
    result[i] = (data[i]! * alpha + 127) / 255;
    result[i + 1] = (data[i + 1]! * alpha + 127) / 255;
    result[i + 2] = (data[i + 2]! * alpha + 127) / 255;
    result[i + 3] = alpha;
  }
  return result;
}
