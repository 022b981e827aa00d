// Node only: reads files.
import { join } from "node:path";
import { DataError } from "../../../errors.ts";
import type { MatValue } from "../mat-file/mat-value.ts";
import { readMatFile } from "../mat-file/read-mat-file.ts";
import type { SplitPicture } from "../split.ts";
import type { SplitMaker } from "../split-maker.ts";
import { holdOutValidation } from "./divide-classes.ts";

const KIT = "https://ai.stanford.edu/~jkrause/cars/car_devkit.tgz";
const META = "devkit/cars_meta.mat";
const TRAIN = "devkit/cars_train_annos.mat";
const TEST = "cars_test_annos_withlabels.mat";

/**
 * The official parts of StanfordCars: an array `annotations` of structs with `fname`, a picture, and `class`, from 1, and
 * `class_names` such as `AM General Hummer SUV 2000`. In prompts the year comes first.
 */
export const stanfordCarsMaker: SplitMaker = {
  lists: [
    { path: META, source: KIT },
    { path: TRAIN, source: KIT },
    { path: TEST, source: "http://ai.stanford.edu/~jkrause/car196/cars_test_annos_withlabels.mat" },
  ],
  make(root, random) {
    const classNames = readClassNames(join(root, META));
    const where = join(root, TRAIN);
    const trainval = readAnnotations(where, { folder: "cars_train", classNames });
    return {
      ...holdOutValidation(trainval, { random, where }),
      test: readAnnotations(join(root, TEST), { folder: "cars_test", classNames }),
    };
  },
};

function readClassNames(file: string): string[] {
  const names = readMatFile(file).get("class_names");
  if (names?.kind !== "cells") throw annotationError(file, "cells called class_names");
  return names.cells.map((cell) => {
    if (cell.kind !== "text") throw annotationError(file, "texts as class_names");
    const words = cell.text.split(" ");
    return [...words.slice(-1), ...words.slice(0, -1)].join(" ");
  });
}

function readAnnotations(
  file: string,
  { folder, classNames }: { readonly folder: string; readonly classNames: readonly string[] },
): SplitPicture[] {
  const annotations = readMatFile(file).get("annotations");
  if (annotations?.kind !== "structs") throw annotationError(file, "structs called annotations");
  return annotations.structs.map((annotation) => {
    const name = annotation.get("fname");
    const label = labelOf(annotation.get("class"));
    const className = classNames[label];
    if (name?.kind !== "text" || className === undefined) {
      throw annotationError(file, `an fname and a class from 1 to ${classNames.length} in each annotation`);
    }
    return { path: `${folder}/${name.text}`, label, className };
  });
}

function labelOf(value: MatValue | undefined): number {
  return value?.kind === "numbers" ? (value.values[0] ?? 0) - 1 : -1;
}

function annotationError(where: string, expected: string): DataError {
  return new DataError({ where, expected, got: "something else", fix: "Get the file again." });
}
