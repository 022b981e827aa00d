// Node only: reads files.
import { DataError } from "../../errors.ts";
import { lineError, readLines } from "./makers/read-lines.ts";

/** Name of ImageNet's list of classes. */
export const CLASS_LIST = "classnames.txt";

/**
 * Reads a list of lines such as `n01440764 tench`: a class's WordNet id, which its folder is called by, and its name in prompts.
 * Two classes may have one name, as ImageNet's two missiles and two pairs of sunglasses.
 *
 * @returns names by id, ids sorted by code unit: that is the order of ImageNet's labels
 * @throws {DataError} if a line is of another form or an id is there twice
 */
export function readClassList(file: string): ReadonlyMap<string, string> {
  const classes = readLines(file).map((line): [id: string, name: string] => {
    const [, id, name] = /^(n\d{8})\s+(\S.*)$/.exec(line) ?? [];
    if (id === undefined || name === undefined) {
      throw lineError(file, "lines of a class's WordNet id and its name, such as n01440764 tench", line);
    }
    return [id, name];
  });
  const names = new Map(classes.sort(([a], [b]) => (a < b ? -1 : 1)));
  if (names.size === classes.length) return names;
  const [id] = classes.find(([each], index) => classes[index + 1]?.[0] === each) ?? [];
  throw new DataError({
    where: file,
    expected: "each WordNet id once",
    got: `${id} twice`,
    fix: "Get the list again.",
  });
}
