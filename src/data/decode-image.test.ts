import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import sharp from "sharp";
import { afterAll, expect, test } from "vitest";
import { DataError } from "../errors.ts";
import { decodeImage, MAX_FILE_BYTES, MAX_PIXELS, readImage } from "./decode-image.ts";

const folder = mkdtempSync(join(tmpdir(), "lamm-decode-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** 60 x 40: red on the left, blue on the right, in runs that survive lossy coding. */
function twoColors() {
  const left = { width: 30, height: 40, channels: 3, background: { r: 250, g: 20, b: 10 } } as const;
  return sharp({ create: { ...left, width: 60, background: { r: 10, g: 30, b: 240 } } }).composite([
    { input: { create: left }, left: 0, top: 0 },
  ]);
}

const encoders = {
  jpeg: () => twoColors().jpeg({ quality: 95 }),
  png: () => twoColors().png(),
  webp: () => twoColors().webp(),
  avif: () => twoColors().avif(),
  gif: () => twoColors().gif(),
  tiff: () => twoColors().tiff(),
};

test.for(Object.entries(encoders))("reads %s", async ([format, encode]) => {
  const file = join(folder, `two-colors.${format}`);
  writeFileSync(file, await encode().toBuffer());
  const { width, height, data } = await readImage(file);
  expect([width, height, data.length]).toEqual([60, 40, 7200]);
  expectNear(data.subarray(3 * 610, 3 * 611), [250, 20, 10]);
  expectNear(data.subarray(3 * 650, 3 * 651), [10, 30, 240]);
});

/** Bytes at the end of a file that hold no pixels, only the mark of its end or other remarks. */
const endMarks = { jpeg: 2, png: 12, webp: 0, avif: 0, gif: 2, tiff: 0 };

function expectNear(pixel: Uint8Array, color: readonly number[]) {
  expect(Math.max(...color.map((value, i) => Math.abs(value - (pixel[i] ?? 0))))).toBeLessThan(12);
}

test.for(Object.entries(encoders))("names a truncated %s", async ([format, encode]) => {
  const bytes = await encode().toBuffer();
  const read = decodeImage(bytes.subarray(0, Math.floor(bytes.length * 0.6)), `cut.${format}`);
  await expect(read).rejects.toThrow(DataError);
  await expect(read).rejects.toThrow(new RegExp(`^cut\\.${format}: expected .*, got .+`));
});

test.for(Object.entries(encoders))("no part of a %s passes for the whole", async ([format, encode]) => {
  const bytes = await encode().toBuffer();
  const part = fc.nat(bytes.length - 1 - endMarks[format as keyof typeof encoders]);
  await fc.assert(
    fc.asyncProperty(part, async (length) => {
      await expect(decodeImage(bytes.subarray(0, length), "cut")).rejects.toThrow(DataError);
    }),
    { numRuns: 30 },
  );
});

test.for(Object.entries(encoders))("a %s with wrong bytes is an error or a picture", async ([, encode]) => {
  const bytes = await encode().toBuffer();
  const change = fc.tuple(fc.nat(bytes.length - 1), fc.nat(255));
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), async (changes) => {
      const damaged = Buffer.from(bytes);
      for (const [at, value] of changes) damaged[at] = value;
      try {
        const { width, height, data } = await decodeImage(damaged, "changed");
        expect(data.length).toBe(3 * width * height);
      } catch (error) {
        expect(error).toBeInstanceOf(DataError);
        expect(String(error)).toMatch(/^DataError: changed: expected .+, got .*[^:\s]\.( .+)?$/);
      }
    }),
    { numRuns: 40 },
  );
});

test("goes by the content, not by the name", async () => {
  const file = join(folder, "png-called.jpg");
  writeFileSync(file, await encoders.png().toBuffer());
  expect((await readImage(file)).width).toBe(60);
});

test("names an empty file, a text, a drawing, a folder and a missing file", async () => {
  await expect(decodeImage(new Uint8Array(0), "empty.png")).rejects.toThrow(
    "empty.png: expected a picture, got an empty file.",
  );
  const kinds = "a JPEG, PNG, WebP, AVIF, GIF or TIFF picture";
  await expect(decodeImage(Buffer.from("dear diary"), "diary.jpg")).rejects.toThrow(
    `diary.jpg: expected ${kinds}, got Input buffer contains unsupported image format.`,
  );
  const drawing = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>');
  await expect(decodeImage(drawing, "drawing.png")).rejects.toThrow(
    `drawing.png: expected ${kinds}, got a file of the format svg.`,
  );
  await expect(readImage(folder)).rejects.toThrow("expected a readable file, got a folder or device.");
  await expect(readImage(join(folder, "none.png"))).rejects.toThrow(
    /none\.png: expected a readable file, got ENOENT/,
  );
});

test("refuses a file that is too large to be a picture", async () => {
  const file = join(folder, "film.jpg");
  writeFileSync(file, "");
  truncateSync(file, MAX_FILE_BYTES + 1);
  await expect(readImage(file)).rejects.toThrow(
    `film.jpg: expected a readable file, got ${MAX_FILE_BYTES + 1} bytes, more than ${MAX_FILE_BYTES}.`,
  );
});

test("refuses a picture of 30,000 x 30,000 pixels by its header", async () => {
  const file = join(folder, "huge.png");
  writeFileSync(file, withPngSize(await encoders.png().toBuffer(), 30_000, 30_000));
  const before = process.memoryUsage().rss;
  await expect(readImage(file)).rejects.toThrow(
    `huge.png: expected a picture of at most ${MAX_PIXELS} pixels, got 30000 x 30000 pixels. Scale`,
  );
  expect(process.memoryUsage().rss - before).toBeLessThan(100e6);
});

/** The PNG with another size in its header, which is the 13 bytes from 16 on, and the header's checksum. */
function withPngSize(png: Buffer, width: number, height: number): Buffer {
  const result = Buffer.from(png);
  result.writeUInt32BE(width, 16);
  result.writeUInt32BE(height, 20);
  result.writeUInt32BE(crc32(result.subarray(12, 29)), 29);
  return result;
}

test("applies EXIF orientation", async () => {
  // Orientation 6: the stored picture is turned by 90 degrees clockwise, so that its left side comes to the top.
  const bytes = await encoders.jpeg().withMetadata({ orientation: 6 }).toBuffer();
  const { width, height, data } = await decodeImage(bytes, "turned.jpg");
  expect([width, height]).toEqual([40, 60]);
  expectNear(data.subarray(3 * 410, 3 * 411), [250, 20, 10]);
  expectNear(data.subarray(3 * 2010, 3 * 2011), [10, 30, 240]);
});

test("drops alpha instead of blending", async () => {
  const raw = { width: 2, height: 1, channels: 4 } as const;
  const png = await sharp(Uint8Array.of(1, 2, 3, 0, 200, 100, 50, 128), { raw })
    .png()
    .toBuffer();
  expect([...(await decodeImage(png, "alpha.png")).data]).toEqual([1, 2, 3, 200, 100, 50]);
  const grey = { width: 2, height: 1, channels: 2 } as const;
  const greyPng = await sharp(Uint8Array.of(9, 0, 77, 128), { raw: grey })
    .png()
    .toBuffer();
  expect([...(await decodeImage(greyPng, "grey-alpha.png")).data]).toEqual([9, 9, 9, 77, 77, 77]);
});

test("takes the upper 8 of 16 bits", async () => {
  const grey = sharp(Uint16Array.of(0x1234, 0xabff), { raw: { width: 2, height: 1, channels: 1 } });
  const greyPng = await grey.toColourspace("grey16").png().toBuffer();
  expect([...(await decodeImage(greyPng, "grey16.png")).data]).toEqual([18, 18, 18, 171, 171, 171]);
  const color = sharp(Uint16Array.of(0x1234, 0xabff, 0xff80), { raw: { width: 1, height: 1, channels: 3 } });
  const colorPng = await color.toColourspace("rgb16").png().toBuffer();
  expect([...(await decodeImage(colorPng, "rgb16.png")).data]).toEqual([18, 171, 255]);
});

test("multiplies CMYK out", async () => {
  const brown = { width: 2, height: 2, channels: 3, background: { r: 90, g: 40, b: 20 } } as const;
  const tiff = await sharp({ create: brown }).toColourspace("cmyk").tiff({ compression: "none" }).toBuffer();
  const inks = await sharp(tiff, { ignoreIcc: true })
    .pipelineColourspace("cmyk")
    .toColourspace("cmyk")
    .raw()
    .toBuffer();
  const { data } = await decodeImage(tiff, "inks.tiff");
  const [c = 0, m = 0, y = 0, k = 0] = inks;
  const expected = [c, m, y].map((ink) => 255 - k - Math.round((ink * (255 - k)) / 255));
  expect([...data.subarray(0, 3)]).toEqual(expected);
  expect(k).toBeGreaterThan(0);
});

test("takes the first frame of an animation", async () => {
  const frames = [255, 0].map((value) => new Uint8Array(3 * 64).fill(value));
  const inputs = await Promise.all(
    frames.map((data) =>
      sharp(data, { raw: { width: 8, height: 8, channels: 3 } })
        .png()
        .toBuffer(),
    ),
  );
  const gif = await sharp(inputs, { join: { animated: true } })
    .gif()
    .toBuffer();
  expect((await sharp(gif).metadata()).pages).toBe(2);
  expect(await decodeImage(gif, "moving.gif")).toEqual({
    width: 8,
    height: 8,
    data: Buffer.alloc(192, 255),
  });
});
