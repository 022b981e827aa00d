import { DataError } from "../errors.ts";
import { nearestName } from "../methods/nearest-name.ts";
import type { Adapter } from "./adapter.ts";

/** Names that an error lists, at most. */
const LISTED_NAMES = 10;

/**
 * Index of a class of an adapter.
 *
 * @param wanted its name, or `#` and its index from 0, such as `#2`: of two classes of one name nothing else tells which is meant
 * @throws {DataError} if there is no such class, or several have the name
 */
export function findClass({ classNames }: Pick<Adapter, "classNames">, wanted: string): number {
  const named = classNames.flatMap((name, c) => (name === wanted ? [c] : []));
  const [first] = named;
  if (named.length === 1 && first !== undefined) return first;
  if (named.length > 1) {
    throw new DataError({
      where: `class "${wanted}"`,
      expected: "a name that one class has",
      got: `${named.length} classes of that name`,
      fix: `Say which by its index: ${named.map((c) => `"#${c}"`).join(" or ")}.`,
    });
  }
  const index = /^#\d+$/.test(wanted) ? Number(wanted.slice(1)) : -1;
  if (index >= 0 && index < classNames.length) return index;
  const nearest = nearestName(wanted, classNames);
  const listed = classNames.slice(0, LISTED_NAMES).map((name) => `"${name}"`);
  const more = classNames.length - listed.length;
  throw new DataError({
    where: `class "${wanted}"`,
    expected: `a class of the adapter, ${listed.join(", ")}${more > 0 ? ` and ${more} more` : ""}, or "#0" to "#${classNames.length - 1}"`,
    got: "none of that name",
    ...(nearest !== undefined && { fix: `Did you mean "${nearest}"?` }),
  });
}
