/**
 * Which class each of some pictures' classes is among those of an adapter, by name; where several have one name, as in ImageNet, the
 * first of it is the first, the second the second, and so on.
 *
 * @param known names of the adapter's classes
 * @param names of the pictures' classes
 * @returns an index into `known` for each name, -1 where there is none
 */
export function matchClasses(known: readonly string[], names: readonly string[]): number[] {
  const places = Map.groupBy(known.keys(), (label) => known[label] ?? "");
  const used = new Map<string, number>();
  return names.map((name) => {
    const count = used.get(name) ?? 0;
    used.set(name, count + 1);
    return places.get(name)?.[count] ?? -1;
  });
}
