import { expect, test } from "vitest";
import { ARTWORK_SIDE, createArtworkLibrary } from "./artwork.ts";
import { loadConcepts } from "./concepts.ts";
import { checkStyle } from "./icon-set.ts";
import { rasterize } from "./rasterize.ts";

const APPLE = "1F34E";

test("an artwork is a whole SVG document", () => {
  const { svg } = createArtworkLibrary();
  expect(svg("twemoji", APPLE)).toMatch(/^<svg xmlns="[^"]+" [^>]*viewBox="0 0 36 36"[^>]*><path .*<\/svg>$/);
  expect(svg("noto-v1", "1F9A7")).toBeUndefined();
});

test("an artwork is rasterised once", async () => {
  const library = createArtworkLibrary();
  const apple = await library.rgba("noto", APPLE);
  expect(apple).toMatchObject({ width: ARTWORK_SIDE, height: ARTWORK_SIDE });
  expect(await library.rgba("noto", APPLE)).toBe(apple);
  expect(await createArtworkLibrary().rgba("noto", APPLE)).toEqual(apple);
});

test("what a style does not draw is refused", async () => {
  await expect(createArtworkLibrary().rgba("noto-v1", "1F9A7")).rejects.toThrow(
    "artwork noto-v1: expected a concept that this style draws, got 1F9A7.",
  );
});

test("unknown styles are refused", () => {
  expect(checkStyle("noto")).toBe("noto");
  expect(() => checkStyle("cubism")).toThrow(/style: expected one of noto, noto-v1, .*, got "cubism"\./);
});

test("every drawing of every concept has pixels", async () => {
  const { svg } = createArtworkLibrary();
  const side = 24;
  const empty: string[] = [];
  for (const { hexcode, name, styles } of loadConcepts()) {
    const images = await Promise.all(styles.map((style) => rasterize(svg(style, hexcode) ?? "", side)));
    images.forEach(({ data }, i) => {
      let opaque = 0;
      for (let alpha = 3; alpha < data.length; alpha += 4) opaque += data[alpha]! / 255;
      if (opaque < 0.01 * side ** 2) empty.push(`${name} (${styles[i]})`);
    });
  }
  expect(empty).toEqual([]);
});
