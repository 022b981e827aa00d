import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pictureWorldDomains } from "../../../src/data/datasets/picture-world.ts";
import { writePictures } from "../cli/write-pictures.ts";

/** Classes whose pictures a random image tower tells apart by their colours. */
const CLASSES = ["bird", "cat", "dog", "fox"] as const;

/** What a benchmark is like. */
export interface BenchmarkOptions {
  /** Pictures of each class to learn from. */
  readonly train: number;
  /** Pictures of each class to test on. */
  readonly test: number;
  readonly theme?: string;
  /** What it says of its pictures, as {@link writeBenchmark} draws the same ones each time. */
  readonly identity?: string;
}

/**
 * Writes a small data set in the layout of an embedded benchmark, `drinks-and-tableware` if not said otherwise, with its domains.
 *
 * @param data folder that holds the data sets' folders
 */
export async function writeBenchmark(data: string, options: BenchmarkOptions): Promise<void> {
  const { train, test, theme = "drinks-and-tableware", identity = `${theme} ${train} ${test}` } = options;
  const root = join(data, theme);
  const counts = (count: number) => Object.fromEntries(CLASSES.map((name) => [name, count]));
  await writePictures(join(root, "images", "train"), counts(train), 1);
  await writePictures(join(root, "images", "test"), counts(test), 2);
  for (const [index, domain] of pictureWorldDomains.entries()) {
    await writePictures(join(root, "domains", domain), counts(test), 3 + index);
  }
  const lists = { train: listPictures("train", train), val: [], test: listPictures("test", test) };
  const name = theme.replaceAll(/(?:^|-)(.)/g, (_, letter: string) => letter.toUpperCase());
  writeFileSync(join(root, `split_zhou_${name}.json`), JSON.stringify(lists));
  writeFileSync(join(root, "benchmark.json"), JSON.stringify({ identity }));
}

function listPictures(part: string, count: number): [string, number, string][] {
  return CLASSES.flatMap((name, label) =>
    Array.from({ length: count }, (_, index): [string, number, string] => [
      `${part}/${name}/${index}.png`,
      label,
      name,
    ]),
  );
}
