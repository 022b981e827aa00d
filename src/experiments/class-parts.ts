import type { Dataset } from "../data/datasets/dataset.ts";

/** The two parts in which classes are learned. */
export interface ClassParts {
  readonly set1: Dataset;
  readonly set2: Dataset;
}

/** The first ceil(C / 2) classes by label, and the others. */
export function splitClasses(dataset: Dataset): ClassParts {
  const half = Math.ceil(dataset.classIds.length / 2);
  return {
    set1: classRange(dataset, 0, half),
    set2: classRange(dataset, half, dataset.classIds.length),
  };
}

/** Some classes of a data set with their pictures, numbered from 0. */
function classRange(dataset: Dataset, begin: number, end: number): Dataset {
  const some = (pictures: Dataset["test"]) =>
    pictures.flatMap(({ path, label }) =>
      label >= begin && label < end ? [{ path, label: label - begin }] : [],
    );
  return {
    ...dataset,
    classNames: dataset.classNames.slice(begin, end),
    classIds: dataset.classIds.slice(begin, end),
    train: some(dataset.train),
    val: some(dataset.val),
    test: some(dataset.test),
  };
}
