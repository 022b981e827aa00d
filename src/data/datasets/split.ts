// Node only: its names are those of folders and files.
import { DataError } from "../../errors.ts";
import { quoted } from "../class-names.ts";
import type { SplitName } from "../image-folder.ts";

/** A picture of a split. */
export interface SplitPicture {
  /** Path below the image folder, with forward slashes. */
  readonly path: string;
  /** Index of its class, from 0. */
  readonly label: number;
  /** Name of its class, as the split has it: with underscores in some. */
  readonly className: string;
}

/** Pictures of a benchmark, divided, as split files have them; the order is that from which shots are drawn. */
export type Split = Readonly<Record<SplitName, readonly SplitPicture[]>>;

/** The parts, in the order of split files. */
export const splitNames = ["train", "val", "test"] as const satisfies readonly SplitName[];

/** Most names that an error shows. */
const SHOWN = 5;

/**
 * Names of a split's classes, as they stand in prompts: with spaces for underscores.
 *
 * @param where file of the split, for errors
 * @returns names by label
 * @throws {DataError} if there is nothing to learn from or to test on, labels leave gaps, a class has two names or two classes have
 *   one, or a class has no picture to learn from
 */
export function classNamesOf(split: Split, where: string): string[] {
  for (const part of ["train", "test"] as const) {
    if (split[part].length > 0) continue;
    throw new DataError({ where, expected: `pictures in the part "${part}"`, got: "none", fix: REPLACE });
  }
  const names = namesByLabel(split, where);
  checkLabels(names, where);
  const classNames = Array.from({ length: names.size }, (_, label) => promptName(names.get(label) ?? ""));
  checkDifferent(classNames, where);
  checkLearnable(split, { classNames, where });
  return classNames;
}

const REPLACE = "Get the published split file again, or correct this one.";

/** A class's name as it stands in prompts. */
export function promptName(className: string): string {
  return className.replaceAll("_", " ").trim();
}

function namesByLabel(split: Split, where: string): Map<number, string> {
  const names = new Map<number, string>();
  for (const part of splitNames) {
    for (const { label, className, path } of split[part]) {
      const name = names.get(label);
      if (name === undefined) names.set(label, className);
      else if (name !== className) {
        throw new DataError({
          where,
          expected: "one name for each label",
          got: `"${name}" and, for "${path}", "${className}" for label ${label}`,
          fix: REPLACE,
        });
      }
    }
  }
  return names;
}

function checkLabels(names: ReadonlyMap<number, string>, where: string): void {
  const largest = Math.max(...names.keys());
  if (largest === names.size - 1) return;
  const gaps: number[] = [];
  for (let label = 0; gaps.length < SHOWN && label < largest; label++) {
    if (!names.has(label)) gaps.push(label);
  }
  const missing = largest + 1 - names.size;
  const more = missing > gaps.length ? ` and ${missing - gaps.length} more` : "";
  throw new DataError({
    where,
    expected: `pictures of each label from 0 to ${largest}`,
    got: `none of ${gaps.join(", ")}${more}`,
    fix: REPLACE,
  });
}

function checkDifferent(classNames: readonly string[], where: string): void {
  const first = new Map<string, number>();
  for (const [label, name] of classNames.entries()) {
    const other = first.get(name);
    if (other !== undefined) {
      throw new DataError({
        where,
        expected: "a name of its own for each label",
        got: `"${name}" for both ${other} and ${label}`,
        fix: "Merge the classes or rename one.",
      });
    }
    first.set(name, label);
  }
}

function checkLearnable(
  split: Split,
  { classNames, where }: { readonly classNames: readonly string[]; readonly where: string },
): void {
  const learned = new Set(split.train.map(({ label }) => label));
  const empty = classNames.filter((_, label) => !learned.has(label));
  if (empty.length === 0) return;
  throw new DataError({
    where,
    expected: 'pictures of each class in the part "train"',
    got: `none of ${quoted(empty)}`,
    fix: REPLACE,
  });
}
