import { DataError } from "../../errors.ts";
import { methods } from "../../methods/methods.ts";
import { paperDatasets } from "../published/paper.ts";
import { experimentNames, type ResultRow } from "../result-row.ts";
import { shotsPhrase } from "../shots-phrase.ts";

/** Models in the order of the paper's ablation; others follow by name. */
const paperBackbones: readonly string[] = ["RN50", "RN101", "ViT-B/32", "ViT-B/16", "ViT-L/14"];
/** Zero-shot, then what LAMM is compared with, LAMM, and its combinations. */
const promptMethods = [
  "zero-shot",
  "coop",
  "cocoop",
  "maple",
  "lamm",
  "coop+lamm",
  "cocoop+lamm",
  "maple+lamm",
];
const methodOrder: readonly string[] = [...new Set([...promptMethods, ...methods.map(({ name }) => name)])];
const partOrder: readonly string[] = ["CE", "WC", "COS", "KD"];
const initialisations: readonly string[] = ["random", "words"];

/**
 * Rows in the order of a report: experiment, model, data set, method, variant, shots, seed.
 *
 * @throws {DataError} if two rows are of one cell
 */
export function sortRows(rows: readonly ResultRow[]): readonly ResultRow[] {
  const names = experimentNames as readonly string[];
  const sorted = [...rows].sort(
    (a, b) =>
      byList(names)(a.experiment, b.experiment) ||
      byList(paperBackbones)(a.model, b.model) ||
      compareDatasets(a.dataset, b.dataset) ||
      compareMethods(a.method, b.method) ||
      compareVariants(a.variant, b.variant) ||
      a.shots - b.shots ||
      a.seed - b.seed,
  );
  sorted.forEach((row, index) => {
    const before = sorted[index - 1];
    if (before !== undefined && cellKey(before) === cellKey(row)) {
      throw new DataError({
        where: "report",
        expected: "one result of each cell",
        got: `two of ${cellName(row)}`,
        fix: "Leave out what an earlier configuration measured.",
      });
    }
  });
  return sorted;
}

/** What a cell is, in words. */
export function cellName({ experiment, dataset, model, method, variant, shots, seed }: ResultRow): string {
  const parts = [experiment, dataset, model, method, ...(variant === "" ? [] : [variant])];
  return `${parts.join(", ")}, ${shotsPhrase(shots)}, seed ${seed}`;
}

/** What is the same for two rows of one cell alone. */
export function cellKey({ experiment, dataset, model, method, variant, shots, seed }: ResultRow): string {
  return JSON.stringify([experiment, dataset, model, method, variant, shots, seed]);
}

/** Data sets as the paper lists them, then by name. */
export const compareDatasets: (a: string, b: string) => number = byList(paperDatasets);

/** Models as the paper lists them, then by name. */
export const compareModels: (a: string, b: string) => number = byList(paperBackbones);

/** Zero-shot first, prompt methods, adapters, then by name. */
export const compareMethods: (a: string, b: string) => number = byList(methodOrder);

/** Initialisations, and losses with few parts before those with many. */
export function compareVariants(a: string, b: string): number {
  const [first, second] = [partsOf(a), partsOf(b)];
  return (
    byList(initialisations)(a, b, false) ||
    first.length - second.length ||
    // Of as many parts, the earlier one decides.
    first.map((part, index) => byList(partOrder)(part, second[index] ?? "")).find((order) => order !== 0) ||
    byName(a, b)
  );
}

function partsOf(variant: string): readonly string[] {
  return variant === "" ? [] : variant.split("+");
}

/** Not by the machine's language: code units alone. */
function byName(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function byList(list: readonly string[]): (a: string, b: string, thenByName?: boolean) => number {
  const place = (name: string) => {
    const index = list.indexOf(name);
    return index < 0 ? list.length : index;
  };
  return (a, b, thenByName = true) => place(a) - place(b) || (thenByName ? byName(a, b) : 0);
}

/** Distinct values in a given order. */
export function distinct<T>(values: Iterable<T>, compare: (a: T, b: T) => number): readonly T[] {
  return [...new Set(values)].sort(compare);
}
