import { existsSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { z } from "zod";
import { centerCrop } from "../src/clip/preprocess.ts";
import { readImage } from "../src/data/decode-image.ts";

const casesFile = z.object({
  cases: z
    .array(
      z.object({ file: z.string(), target: z.number(), expected: z.string(), mean: z.array(z.number()) }),
    )
    .min(1),
});

const own = fileURLToPath(new URL("./golden/preprocess/", import.meta.url));
const shared = join(process.env.LAMM_SHARED ?? "../shared", "golden/preprocess");

test.for(casesOf(own))("makes Pillow's pixels of $file", meetsPillow);

if (existsSync(join(shared, "cases.json"))) {
  test.for(casesOf(shared))("makes Pillow's pixels of the shared $file", meetsPillow);
} else {
  test.skip(`the shared cases: there is no ${shared}`);
}

function casesOf(folder: string) {
  const { cases } = casesFile.parse(JSON.parse(readFileSync(join(folder, "cases.json"), "utf8")));
  return cases.map((entry) => ({ ...entry, folder }));
}

async function meetsPillow({ folder, file, target, expected, mean }: ReturnType<typeof casesOf>[number]) {
  const crop = centerCrop(await readImage(join(folder, file)), target);
  const reference = await readImage(join(folder, expected));
  expect([crop.width, crop.height]).toEqual([target, target]);
  expect(crop.data.length).toBe(reference.data.length);
  const differences = crop.data.map((value, i) => Math.abs(value - (reference.data[i] ?? 0)));
  const sum = differences.reduce((total, difference) => total + difference, 0);
  // JPEG decoders differ in their inverse transforms; all the rest is exact arithmetic.
  if (extname(file) === ".jpg") expect(sum / differences.length).toBeLessThan(0.5);
  else expect(sum).toBe(0);
  const means = [0, 1, 2].map((channel) => meanOf(reference.data, channel));
  means.forEach((value, channel) => {
    expect(value).toBeCloseTo(mean[channel] ?? 0, 3);
  });
}

function meanOf(data: Uint8Array, channel: number): number {
  let sum = 0;
  for (let i = channel; i < data.length; i += 3) sum += data[i] ?? 0;
  return (3 * sum) / data.length;
}
