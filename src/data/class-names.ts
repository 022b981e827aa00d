// Node only: reads files.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { DataError } from "../errors.ts";

/** Name of the file that gives classes other names than their folders'. */
export const CLASSES_FILE = "classes.json";

const name = z.string().trim().min(1, "a class name must not be empty");
const classesSchema = z.union([z.array(name), z.record(z.string(), name)]);

/**
 * Names of the classes of a folder: of its `classes.json` where there is one (an object from folder to name, or an array in the
 * sorted folders' order), else the folders' names with spaces for underscores.
 *
 * @param root folder that may contain `classes.json`
 * @param folders names of the classes' folders, sorted by code unit
 * @returns a name for each folder, all different
 * @throws {DataError} if the file is not of that form or does not name exactly these folders, or two names are equal
 */
export function readClassNames(root: string, folders: readonly string[]): string[] {
  const file = join(root, CLASSES_FILE);
  const names = existsSync(file)
    ? namesFromFile(file, folders)
    : folders.map((folder) => folder.replaceAll("_", " ").trim().normalize("NFC"));
  checkNames(existsSync(file) ? file : root, folders, names);
  return names;
}

function namesFromFile(file: string, folders: readonly string[]): string[] {
  const classes = parseClasses(file);
  if (Array.isArray(classes)) {
    if (classes.length === folders.length) return classes;
    throw new DataError({
      where: file,
      expected: `one name for each of the ${folders.length} class folders, in sorted order`,
      got: `${classes.length} names`,
    });
  }
  const unknown = Object.keys(classes).filter((folder) => !folders.includes(folder));
  const unnamed = folders.filter((folder) => !Object.hasOwn(classes, folder));
  if (unknown.length + unnamed.length > 0) {
    throw new DataError({
      where: file,
      expected: "a name for every class folder and for nothing else",
      got: [
        ...(unnamed.length > 0 ? [`no name for ${quoted(unnamed)}`] : []),
        ...(unknown.length > 0 ? [`names for ${quoted(unknown)}, which are no folders`] : []),
      ].join(", and "),
    });
  }
  return folders.map((folder) => classes[folder] ?? folder);
}

function parseClasses(file: string): z.infer<typeof classesSchema> {
  const expected = "a JSON object from folder to class name, or an array of class names";
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    throw new DataError({ where: file, expected, got, cause });
  }
  const parsed = classesSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  // The union's own message lists both branches; the kind of the value and the first bad name say it in less.
  throw new DataError({ where: file, expected, got: describe(json), cause: parsed.error });
}

function describe(json: unknown): string {
  if (typeof json !== "object" || json === null) return JSON.stringify(json) ?? "nothing";
  const bad = Object.entries(json).find(([, value]) => !name.safeParse(value).success);
  return bad === undefined ? "something else" : `${JSON.stringify(bad[1])} as the name of "${bad[0]}"`;
}

function checkNames(where: string, folders: readonly string[], names: readonly string[]): void {
  const nameless = folders.filter((_, index) => names[index] === "");
  if (nameless.length > 0) {
    throw new DataError({
      where,
      expected: "class folders whose names say something",
      got: quoted(nameless),
      fix: `Rename the folder, or name it in ${CLASSES_FILE}.`,
    });
  }
  const first = new Map<string, string>();
  names.forEach((className, index) => {
    const folder = folders[index] ?? "";
    const other = first.get(className);
    if (other !== undefined) {
      throw new DataError({
        where,
        expected: "a name of its own for each class",
        got: `"${className}" for both "${other}" and "${folder}"`,
        fix: `Merge or rename the folders, or tell them apart in ${CLASSES_FILE}.`,
      });
    }
    first.set(className, folder);
  });
}

/** Names in quotes, the first few of many. */
export function quoted(names: readonly string[]): string {
  const shown = names.slice(0, 5).map((each) => `"${each}"`);
  return shown.join(", ") + (names.length > shown.length ? ` and ${names.length - shown.length} more` : "");
}
