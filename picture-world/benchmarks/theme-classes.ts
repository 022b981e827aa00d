import { DataError } from "../../src/errors.ts";
import { type Concept, loadConcepts } from "../concepts.ts";
import type { Theme } from "./theme.ts";

/** A class of a benchmark. */
export interface ThemeClass {
  /** What it is called: "a photo of a {}." */
  readonly name: string;
  /** Its folder: the name with underscores for spaces. */
  readonly folder: string;
  /** What its pictures show; never empty. */
  readonly concepts: readonly Concept[];
}

/**
 * The classes of a theme with their concepts, in the order of their folders' names, which is that of their labels.
 *
 * @throws {DataError} if there is no concept of a name
 */
export function classesOf({ name: theme, classes }: Theme): ThemeClass[] {
  const byName = new Map(loadConcepts().map((concept) => [concept.name, concept]));
  const found = Object.entries(classes).map(([name, concepts]) => ({
    name,
    folder: name.replaceAll(" ", "_"),
    concepts: concepts.map((concept) => {
      const known = byName.get(concept);
      if (known !== undefined) return known;
      throw new DataError({
        where: `benchmark ${theme}, class "${name}"`,
        expected: "concepts of picture-world",
        got: `"${concept}"`,
      });
    }),
  }));
  return found.sort((a, b) => (a.folder < b.folder ? -1 : 1));
}
