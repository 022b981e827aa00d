import { join } from "node:path";
import { z } from "zod";
import { centerCrop } from "../../../src/clip/preprocess.ts";
import { readImage } from "../../../src/data/decode-image.ts";
import type { RunCase } from "../case-kind.ts";
import { type Comparison, type Failure, failure, worstOf } from "../check.ts";
import { largestDifference } from "../deviation.ts";
import { JPEG_MEAN_LEVELS, LOSSLESS_INEXACT_PIXELS, LOSSLESS_LEVELS } from "../tolerances.ts";

const schema = z.object({
  cases: z.array(z.object({ file: z.string(), target: z.int().positive(), expected: z.string() })).min(1),
});

/**
 * The 8-bit crop of each picture: nearly exact where the format is lossless, a small mean error where it is JPEG. The worst
 * picture stands for all.
 */
export const runPreprocess: RunCase = async ({ golden, name }) => {
  const { cases } = golden.json(`${name}/cases.json`, schema);
  const found = new Map<string, Comparison[]>();
  const failures: Failure[] = [];
  for (const { file, target, expected } of cases) {
    try {
      const crop = centerCrop(await readImage(join(golden.path, name, file)), target);
      const reference = await readImage(join(golden.path, name, expected));
      for (const { measure, deviation, tolerance } of compareCrops(file, crop.data, reference.data)) {
        const list = found.get(measure) ?? [];
        found.set(measure, [...list, { part: file, deviation, tolerance }]);
      }
    } catch (error) {
      failures.push(failure(file, error));
    }
  }
  return {
    checks: [...[...found].map(([measure, comparisons]) => worstOf(measure, comparisons)), ...failures],
  };
};

interface Measured {
  readonly measure: string;
  readonly deviation: number;
  readonly tolerance: number;
}

function compareCrops(file: string, crop: Uint8Array, reference: Uint8Array): Measured[] {
  const largest = largestDifference(crop, reference);
  if (/\.jpe?g$/i.test(file)) {
    const sum = crop.reduce((total, level, i) => total + Math.abs(level - (reference[i] ?? Number.NaN)), 0);
    const deviation = sum / reference.length;
    return [{ measure: "JPEG: mean error of 255", deviation, tolerance: JPEG_MEAN_LEVELS }];
  }
  const pixels = reference.length / 3;
  const isExact = (pixel: number) =>
    [0, 1, 2].every((channel) => crop[3 * pixel + channel] === reference[3 * pixel + channel]);
  let inexact = 0;
  for (let pixel = 0; pixel < pixels; pixel++) if (!isExact(pixel)) inexact++;
  return [
    { measure: "lossless: largest error of 255", deviation: largest, tolerance: LOSSLESS_LEVELS },
    {
      measure: "lossless: inexact pixels, share",
      deviation: inexact / pixels,
      tolerance: LOSSLESS_INEXACT_PIXELS,
    },
  ];
}
