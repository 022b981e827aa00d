// Node only: reads files.
import { join, posix } from "node:path";
import type { SplitPicture } from "../split.ts";
import type { SplitMaker } from "../split-maker.ts";
import { holdOutValidation } from "./divide-classes.ts";
import { lineError, readLines } from "./read-lines.ts";

const SOURCE = "https://vision.princeton.edu/projects/2010/SUN/download/Partitions.zip";
const CLASSES = "ClassName.txt";
const TRAIN = "Training_01.txt";
const TEST = "Testing_01.txt";

/** The first official partition of SUN397: lines such as `/a/apse/indoor/sun_abc.jpg`; the class is the folder. */
export const sun397Maker: SplitMaker = {
  lists: [CLASSES, TRAIN, TEST].map((path) => ({ path, source: SOURCE })),
  make(root, random) {
    const labels = new Map(readLines(join(root, CLASSES)).map((folder, label) => [folder, label]));
    const where = join(root, TRAIN);
    return {
      ...holdOutValidation(readPart(where, labels), { random, where }),
      test: readPart(join(root, TEST), labels),
    };
  },
};

function readPart(file: string, labels: ReadonlyMap<string, number>): SplitPicture[] {
  return readLines(file).map((line) => {
    const folder = posix.dirname(line);
    const label = labels.get(folder);
    if (label === undefined) throw lineError(file, `pictures in folders of ${CLASSES}`, line);
    return { path: line.slice(1), label, className: nameOf(folder) };
  });
}

/** `indoor apse` of `/a/apse/indoor`: what tells variants apart comes first, the letter is left out. */
function nameOf(folder: string): string {
  return folder.split("/").slice(2).reverse().join(" ");
}
