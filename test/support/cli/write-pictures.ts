import { mkdirSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { createRandom } from "../../../src/tensor/random.ts";

/** Colours of the classes, so that even a random image tower tells them apart. */
const COLOURS = [
  [200, 40, 40],
  [40, 60, 200],
  [50, 180, 60],
] as const;
/** How far a picture's colour is from its class's, at most. */
const SPREAD = 60;

/**
 * Writes folders of pictures of 40 x 36 pixels, a colour a class with noise; equal arguments give equal files.
 *
 * @param counts pictures of each class, by the name of its folder
 * @returns the folder
 */
export async function writePictures(
  folder: string,
  counts: Readonly<Record<string, number>>,
  seed = 1,
): Promise<string> {
  const random = createRandom(seed);
  for (const [label, [name, count]] of Object.entries(counts).entries()) {
    mkdirSync(join(folder, name), { recursive: true });
    for (let index = 0; index < count; index++) {
      const colour = (COLOURS[label % COLOURS.length] as readonly number[]).map(
        (value) => value + random.randBelow(SPREAD) - SPREAD / 2,
      );
      const pixels = Uint8Array.from({ length: 40 * 36 * 3 }, (_, at) =>
        Math.max(0, Math.min(255, (colour[at % 3] ?? 0) + random.randBelow(SPREAD) - SPREAD / 2)),
      );
      const picture = sharp(pixels, { raw: { width: 40, height: 36, channels: 3 } });
      await picture.png().toFile(join(folder, name, `${index}.png`));
    }
  }
  return folder;
}
