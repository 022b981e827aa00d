import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createPictureCache } from "./picture-cache.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "lamm-picture-cache-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function write(name: string, width: number, height: number): Promise<string> {
  const path = join(folder, name);
  await sharp({ create: { width, height, channels: 3, background: { r: 10, g: 200, b: 30 } } })
    .png()
    .toFile(path);
  return path;
}

test("keeps decoded pictures as long as there is room", async () => {
  const [first, second] = [await write("first.png", 4, 4), await write("second.png", 4, 4)];
  const read = createPictureCache(2 * 3 * 4 * 4 - 1);
  // The same picture several times at once takes the room of one.
  await Promise.all(Array.from({ length: 9 }, () => read({ path: first, maxSide: 8 })));
  await read({ path: second, maxSide: 8 });
  rmSync(first);
  rmSync(second);
  expect((await read({ path: first, maxSide: 8 })).data.length).toBe(48);
  await expect(read({ path: second, maxSide: 8 })).rejects.toThrow(
    "second.png: expected a readable file, got ",
  );
});

test("keeps a picture of another size apart", async () => {
  const path = await write("sizes.png", 12, 12);
  const read = createPictureCache(10_000);
  expect((await read({ path, maxSide: 6 })).width).toBe(6);
  expect((await read({ path, maxSide: 20 })).width).toBe(12);
  expect((await read({ path, maxSide: 6 })).width).toBe(6);
});

test("scales larger pictures down as a whole", async () => {
  const read = createPictureCache(0);
  const wide = await read({ path: await write("wide.png", 30, 10), maxSide: 5 });
  expect([wide.width, wide.height]).toEqual([15, 5]);
  expect([...wide.data.subarray(0, 3)]).toEqual([10, 200, 30]);
  const high = await read({ path: await write("high.png", 7, 20), maxSide: 7 });
  expect([high.width, high.height]).toEqual([7, 20]);
});
