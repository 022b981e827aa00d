import type { PaperDataset } from "./paper.ts";

/** Accuracies in percent, as printed, of learning one half of the classes and then the other, 16 shots. */
export interface IncrementalAccuracies {
  /** Set 1 after set 2 was learned, by data set. */
  readonly set1After: Readonly<Record<PaperDataset, number>>;
  readonly set2: Readonly<Record<PaperDataset, number>>;
  /** Means over the eleven data sets; `degradation` is the change of set 1 while set 2 was learned, in points. */
  readonly average: {
    readonly set1Before: number;
    readonly set1After: number;
    readonly degradation: number;
    readonly set2: number;
  };
}

/** In the order of the columns of the paper's table. */
const columns: readonly PaperDataset[] = [
  ...(["ImageNet", "Caltech101", "DTD", "FGVCAircraft", "StanfordCars", "Flowers102"] as const),
  ...(["OxfordPets", "Food101", "EuroSAT", "UCF101", "SUN397"] as const),
];

function byDataset(...values: readonly number[]): Readonly<Record<PaperDataset, number>> {
  return Object.fromEntries(columns.map((name, index) => [name, values[index]])) as Record<
    PaperDataset,
    number
  >;
}

/** Class-incremental learning, by method. The paper has no accuracy on the union. */
export const incrementalAccuracies: Readonly<Record<string, IncrementalAccuracies>> = {
  "zero-shot": {
    set1After: byDataset(72.43, 96.84, 53.24, 27.19, 63.37, 72.08, 91.17, 90.1, 56.48, 70.53, 69.36),
    set2: byDataset(68.14, 94.0, 59.9, 36.29, 74.89, 77.8, 97.26, 91.22, 64.05, 77.5, 75.35),
    average: { set1Before: 69.34, set1After: 69.34, degradation: 0, set2: 74.22 },
  },
  coop: {
    set1After: byDataset(71.77, 97.07, 54.63, 23.4, 61.63, 61.97, 93.63, 87.1, 72.37, 71.03, 72.53),
    set2: byDataset(73.67, 96.37, 76.57, 54.53, 87.07, 97.5, 97.7, 91.47, 90.27, 88.13, 83.77),
    average: { set1Before: 82.69, set1After: 69.74, degradation: -12.95, set2: 85.18 },
  },
  maple: {
    set1After: byDataset(74.37, 97.1, 70.83, 30.27, 65.77, 77.53, 95.03, 90.6, 82.73, 78.17, 77.6),
    set2: byDataset(74.13, 96.5, 77.4, 53.73, 83.27, 97.0, 98.17, 92.27, 92.6, 88.33, 83.95),
    average: { set1Before: 82.28, set1After: 76.36, degradation: -5.92, set2: 85.21 },
  },
  lamm: {
    set1After: byDataset(77.23, 98.4, 83.3, 43.27, 81.63, 97.8, 95.17, 89.83, 90.6, 86.17, 82.13),
    set2: byDataset(74.57, 96.03, 79.47, 61.47, 91.97, 98.33, 97.93, 91.73, 91.8, 89.23, 84.8),
    average: { set1Before: 84.14, set1After: 84.14, degradation: 0, set2: 87.03 },
  },
};
