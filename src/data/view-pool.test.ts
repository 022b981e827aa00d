import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, afterEach, expect, test } from "vitest";
import { preprocess } from "../clip/preprocess.ts";
import { DataError } from "../errors.ts";
import { hashPicture } from "./content-hash.ts";
import { decodeImage } from "./decode-image.ts";
import type { ViewJob } from "./prepare-views.ts";
import { createInlinePool, createWorkerPool, type ViewPool } from "./view-pool.ts";

const folder = mkdtempSync(join(tmpdir(), "lamm-pool-"));
afterAll(() => rmSync(folder, { recursive: true }));

const preprocessing = { imageSize: 8, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] } as const;
const data = Uint8Array.from({ length: 3 * 20 * 10 }, (_, i) => (i * i) % 251);
const png = await sharp(data, { raw: { width: 20, height: 10, channels: 3 } })
  .png()
  .toBuffer();
const path = join(folder, "picture.png");
writeFileSync(path, png);
const job: ViewJob = { path, contentHash: await hashPicture(path), views: [0, 2], seed: 1, preprocessing };

let pool: ViewPool | undefined;
afterEach(() => pool?.close());

test.for([
  ["inline", createInlinePool],
  ["worker", () => createWorkerPool(2)],
] as const)("the %s pool makes views, and names unusable pictures", async ([, create]) => {
  pool = create();
  const pixels = await pool.prepare(job);
  expect(pixels.length).toBe(2 * 192);
  expect(pixels.subarray(0, 192)).toEqual(preprocess(await decodeImage(png, path), preprocessing));
  expect(pixels.subarray(192)).toEqual(await pool.prepare({ ...job, views: [2] }));
  const broken = join(folder, "broken.png");
  writeFileSync(broken, "");
  const contentHash = await hashPicture(broken);
  await expect(pool.prepare({ ...job, path: broken, contentHash })).rejects.toThrow(
    new DataError({ where: broken, expected: "a picture", got: "an empty file" }),
  );
  await expect(pool.prepare({ ...job, contentHash })).rejects.toThrow(
    `${path}: expected a file that stays as it is, got content that changed between two readings.`,
  );
  // The pool goes on after a bad picture.
  expect(await pool.prepare(job)).toEqual(pixels);
});

test("a worker's own fault fails its requests, those to come as well", async () => {
  pool = createWorkerPool(1);
  const faulty = { ...job, seed: 0.5 };
  await expect(Promise.all([pool.prepare(faulty), pool.prepare(faulty)])).rejects.toThrow(/0\.5/);
  await expect(pool.prepare(job)).rejects.toThrow(/0\.5/);
});

test("closes while it works, and twice", async () => {
  pool = createWorkerPool(2);
  for (let i = 0; i < 50; i++) void pool.prepare(job);
  await pool.prepare(job);
  await pool.close();
  await pool.close();
});
