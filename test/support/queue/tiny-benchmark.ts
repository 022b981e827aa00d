import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { writePictures } from "../cli/write-pictures.ts";

/** Pictures of each class: to learn from, and to test on. */
const [TRAIN, TEST] = [6, 5];
const CLASSES = ["cat", "dog", "bird"];

/**
 * Writes a data set of three classes in the layout of `picture-world/animals`.
 *
 * @param data folder that data sets' folders lie in
 * @param options `seed` is that of the pictures, `identity` what the data set says of them
 */
export async function writeTinyBenchmark(
  data: string,
  { seed = 1, identity = "tiny" }: { readonly seed?: number; readonly identity?: string } = {},
): Promise<void> {
  const folder = join(data, "animals");
  const counts = Object.fromEntries(CLASSES.map((name) => [name, TRAIN + TEST]));
  await writePictures(join(folder, "images"), counts, seed);
  const part = (begin: number, end: number) =>
    CLASSES.flatMap((name, label) =>
      Array.from({ length: end - begin }, (_, index) => [`${name}/${begin + index}.png`, label, name]),
    );
  const split = { train: part(0, TRAIN), val: [], test: part(TRAIN, TRAIN + TEST) };
  writeFileSync(join(folder, "split_zhou_Animals.json"), JSON.stringify(split));
  writeFileSync(join(folder, "benchmark.json"), JSON.stringify({ identity }));
}
