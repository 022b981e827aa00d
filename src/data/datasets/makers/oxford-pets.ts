// Node only: reads files.
import { join } from "node:path";
import type { SplitPicture } from "../split.ts";
import type { SplitMaker } from "../split-maker.ts";
import { holdOutValidation } from "./divide-classes.ts";
import { lineError, readLines } from "./read-lines.ts";

const SOURCE = "https://www.robots.ox.ac.uk/~vgg/data/pets/data/annotations.tar.gz";
const TRAIN = "annotations/trainval.txt";
const TEST = "annotations/test.txt";

/** The official parts of the Oxford-IIIT Pet data set: lines such as `Abyssinian_100 1 1 1`, picture, class from 1, and two numbers more. */
export const oxfordPetsMaker: SplitMaker = {
  lists: [TRAIN, TEST].map((path) => ({ path, source: SOURCE })),
  make(root, random) {
    const where = join(root, TRAIN);
    return { ...holdOutValidation(readPets(where), { random, where }), test: readPets(join(root, TEST)) };
  },
};

function readPets(file: string): SplitPicture[] {
  return readLines(file).map((line) => {
    const [, name, breed, label] = /^((\S+)_\d+) ([1-9]\d{0,3}) \d+ \d+$/.exec(line) ?? [];
    if (name === undefined || breed === undefined || label === undefined) {
      throw lineError(file, "lines of a picture, a class from 1, a species and a breed", line);
    }
    return { path: `${name}.jpg`, label: Number(label) - 1, className: breed.toLowerCase() };
  });
}
