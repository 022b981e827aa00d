// Node only: reads files.
import { join } from "node:path";
import type { SplitPicture } from "../split.ts";
import type { SplitMaker } from "../split-maker.ts";
import { lineError, readLines } from "./read-lines.ts";

/** Where FGVC-Aircraft is to be had, pictures and lists. */
export const FGVC_AIRCRAFT_SOURCE =
  "https://www.robots.ox.ac.uk/~vgg/data/fgvc-aircraft/archives/fgvc-aircraft-2013b.tar.gz (its folder data)";
const VARIANTS = "variants.txt";
const partFile = (part: string) => `images_variant_${part}.txt`;

/** The official parts of FGVC-Aircraft: lines such as `1025794 707-320`, a picture and its variant. Nothing is drawn. */
export const fgvcAircraftMaker: SplitMaker = {
  lists: [VARIANTS, ...["train", "val", "test"].map(partFile)].map((path) => ({
    path,
    source: FGVC_AIRCRAFT_SOURCE,
  })),
  make(root) {
    const labels = new Map(readLines(join(root, VARIANTS)).map((name, label) => [name, label]));
    const read = (part: string) => readPart(join(root, partFile(part)), labels);
    return { train: read("train"), val: read("val"), test: read("test") };
  },
};

function readPart(file: string, labels: ReadonlyMap<string, number>): SplitPicture[] {
  return readLines(file).map((line) => {
    const space = line.indexOf(" ");
    const className = line.slice(space + 1);
    const label = labels.get(className);
    if (space < 1 || label === undefined) {
      throw lineError(file, `lines of a picture and a variant of ${VARIANTS}`, line);
    }
    return { path: `${line.slice(0, space)}.jpg`, label, className };
  });
}
