// Node only: reads files.
import { join } from "node:path";
import { z } from "zod";
import { DataError } from "../../../errors.ts";
import { numbersOf, readMatFile } from "../mat-file/read-mat-file.ts";
import type { SplitMaker } from "../split-maker.ts";
import { divideClasses, groupByLabel } from "./divide-classes.ts";
import { readText } from "./read-lines.ts";

const LABELS = "imagelabels.mat";
const NAMES = "cat_to_name.json";
const namesSchema = z.record(z.string().regex(/^[1-9]\d{0,3}$/), z.string().trim().min(1).max(1000));

/** Oxford's 102 flowers, divided at random: `labels` has the class from 1 of each `image_00001.jpg`. */
export const flowers102Maker: SplitMaker = {
  lists: [
    { path: LABELS, source: "https://www.robots.ox.ac.uk/~vgg/data/flowers/102/imagelabels.mat" },
    { path: NAMES, source: "https://drive.google.com/file/d/1AkcxCXeK_RCGCEC_GvmWxjcjaNhu-at0/view" },
  ],
  make(root, random) {
    const where = join(root, LABELS);
    const names = readNames(join(root, NAMES));
    const pictures = numbersOf(readMatFile(where), "labels", where).map((number, index) => {
      const className = names.get(number);
      if (className === undefined) {
        throw new DataError({ where, expected: `classes that ${NAMES} names`, got: String(number) });
      }
      return { path: `image_${String(index + 1).padStart(5, "0")}.jpg`, label: number - 1, className };
    });
    return divideClasses(groupByLabel(pictures), { random, where });
  },
};

function readNames(file: string): ReadonlyMap<number, string> {
  const expected = "a JSON object from class number to name";
  const text = readText(file, expected);
  try {
    const names = namesSchema.parse(JSON.parse(text));
    return new Map(Object.entries(names).map(([number, name]) => [Number(number), name]));
  } catch (cause) {
    throw new DataError({
      where: file,
      expected,
      got: "something else",
      fix: "Get the file again.",
      cause,
    });
  }
}
