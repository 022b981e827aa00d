import { DataError } from "../src/errors.ts";
import { matchIcons } from "./icon-names.ts";
import type { Style } from "./icon-set.ts";
import { loadIconSet } from "./icon-set.ts";
import type { RgbaImage } from "./rasterize.ts";
import { rasterize } from "./rasterize.ts";

/** Side of rasterised artwork, in pixels. */
export const ARTWORK_SIDE = 96;

/** Drawings of concepts, by style. */
export interface ArtworkLibrary {
  /** A whole SVG document, or undefined if the style does not draw the concept. */
  svg(style: Style, hexcode: string): string | undefined;
  /**
   * The drawing as {@link ARTWORK_SIDE} x {@link ARTWORK_SIDE} pixels, rasterised once and kept (36 KiB each).
   *
   * @throws {DataError} if the style does not draw the concept
   */
  rgba(style: Style, hexcode: string): Promise<RgbaImage>;
}

/** Opens the icon sets; each is read when it is first asked for. */
export function createArtworkLibrary(): ArtworkLibrary {
  const rasterised = new Map<string, Promise<RgbaImage>>();
  const svg = (style: Style, hexcode: string) => {
    const icon = matchIcons(style).get(hexcode);
    return icon === undefined ? undefined : loadIconSet(style).svg(icon);
  };
  return {
    svg,
    rgba: async (style, hexcode) => {
      const key = `${style} ${hexcode}`;
      const known = rasterised.get(key);
      if (known !== undefined) return known;
      const image = rasterize(requireSvg(svg(style, hexcode), style, hexcode), ARTWORK_SIDE);
      rasterised.set(key, image);
      return image;
    },
  };
}

function requireSvg(svg: string | undefined, style: Style, hexcode: string): string {
  if (svg !== undefined) return svg;
  throw new DataError({
    where: `artwork ${style}`,
    expected: "a concept that this style draws",
    got: hexcode,
  });
}
