import type { Dataset } from "../data/datasets/dataset.ts";
import { DataError } from "../errors.ts";
import type { OpenModel } from "./open-model.ts";
import { openPictureFiles } from "./picture-files.ts";
import type { PictureSource } from "./picture-source.ts";

/**
 * Opens a data set as labelled pictures: its `train` part to learn from, in the order from which shots are drawn, its `test` part
 * to test on. Classes are told apart by `classIds` in errors, since two may have one name.
 *
 * @returns a source whose `trainingPool` throws a `DataError` where the data set is one to test on alone
 */
export function openDatasetSource(model: OpenModel, dataset: Dataset): PictureSource {
  const { name, classNames, classIds, train, test } = dataset;
  return openPictureFiles(model, {
    path: name,
    classNames,
    classFolders: classIds,
    trainingPool() {
      if (train.length > 0) return { pictures: train, isDrawn: false };
      throw new DataError({
        where: name,
        expected: "pictures to learn from",
        got: "a data set to test on alone",
        fix: "Learn from the data set whose classes it shows, and test on this one.",
      });
    },
    testPart: { split: "test", pictures: test },
    isDivided: train.length > 0,
  });
}
