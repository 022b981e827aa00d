import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, afterEach, expect, test, vi } from "vitest";
import { preprocess } from "../clip/preprocess.ts";
import { DataError } from "../errors.ts";
import { hashPicture } from "./content-hash.ts";
import { decodeImage } from "./decode-image.ts";
import { prepareViews, type ViewJob } from "./prepare-views.ts";
import { createInlinePool, createWorkerPool, type ViewPool } from "./view-pool.ts";

// Works as ever; a test sees how often it is called. Worker threads have their own.
vi.mock("./prepare-views.ts", { spy: true });

const folder = mkdtempSync(join(tmpdir(), "lamm-pool-"));
afterAll(() => rmSync(folder, { recursive: true }));

const preprocessing = { imageSize: 8, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] } as const;
const data = Uint8Array.from({ length: 3 * 20 * 10 }, (_, i) => (i * i) % 251);
const png = await sharp(data, { raw: { width: 20, height: 10, channels: 3 } })
  .png()
  .toBuffer();
const path = join(folder, "picture.png");
writeFileSync(path, png);
const { hash: contentHash } = await hashPicture(path);
const job: ViewJob = { path, contentHash, views: [0, 2], seed: 1, preprocessing };

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
  const { hash: emptyHash } = await hashPicture(broken);
  await expect(pool.prepare({ ...job, path: broken, contentHash: emptyHash })).rejects.toThrow(
    new DataError({ where: broken, expected: "a picture", got: "an empty file" }),
  );
  await expect(pool.prepare({ ...job, contentHash: emptyHash })).rejects.toThrow(
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

test("what was not begun when the inline pool closes is not done", async () => {
  pool = createInlinePool();
  vi.mocked(prepareViews).mockClear();
  const requests = Array.from({ length: 20 }, () => pool?.prepare(job));
  expect(prepareViews).toHaveBeenCalledTimes(pool.size);
  await pool.close();
  // Those that were begun come to their end, which makes room for others.
  await Promise.all(requests.slice(0, pool.size));
  await new Promise(setImmediate);
  expect(prepareViews).toHaveBeenCalledTimes(pool.size);
});

/** A program that asks for many views of one large picture at once, and prints the most memory it took, in bytes. */
const program = `
  import { createInlinePool, createWorkerPool } from ${JSON.stringify(new URL("./view-pool.ts", import.meta.url).href)};
  const [kind, job] = process.argv.slice(1);
  const pool = kind === "inline" ? createInlinePool() : createWorkerPool(1);
  await Promise.all(Array.from({ length: 16 }, () => pool.prepare(JSON.parse(job))));
  await pool.close();
  console.log(1024 * process.resourceUsage().maxRSS);
`;

test.for(["inline", "worker"])(
  "the %s pool holds few decoded pictures, however many are asked for",
  async (kind) => {
    const large = join(folder, "large.png");
    const size = { width: 4000, height: 3000 };
    const background = { r: 9, g: 8, b: 7 };
    await sharp({ create: { ...size, channels: 3, background } })
      .png({ compressionLevel: 1 })
      .toFile(large);
    const { hash } = await hashPicture(large);
    const largeJob: ViewJob = { ...job, path: large, contentHash: hash, views: [0] };
    const args = ["--input-type=module", "-e", program, kind, JSON.stringify(largeJob)];
    const memory = Number(execFileSync(process.execPath, args, { encoding: "utf8" }));
    // All 16 would take 576 MB besides the about 100 of the process.
    expect(memory).toBeLessThan(450e6);
    expect(memory).toBeGreaterThan(36e6);
  },
);
