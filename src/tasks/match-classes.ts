import type { Adapter } from "../training/adapter.ts";

/**
 * Which class each of some pictures' classes is among those of an adapter, by name: the one that is shown, or else the one in the
 * prompt, which a renamed class keeps, where that leaves no doubt. Where several have one name, as in ImageNet, the first of it is
 * the first, the second the second, and so on.
 *
 * @param known names of the adapter's classes
 * @param names of the pictures' classes
 * @returns an index into the adapter's classes for each name, -1 where there is none
 */
export function matchClasses(
  { classNames, promptNames = classNames }: Pick<Adapter, "classNames" | "promptNames">,
  names: readonly string[],
): number[] {
  const places = Map.groupBy(classNames.keys(), (label) => classNames[label] ?? "");
  const used = new Map<string, number>();
  const shown = names.map((name) => {
    const count = used.get(name) ?? 0;
    used.set(name, count + 1);
    return places.get(name)?.[count] ?? -1;
  });
  const taken = new Set(shown);
  const learned = Map.groupBy(promptNames.keys(), (label) => promptNames[label] ?? "");
  return shown.map((label, index) => {
    if (label !== -1) return label;
    const name = names[index] ?? "";
    const [only = -1, ...others] = learned.get(name) ?? [];
    // Pictures of the class under its new name, or several classes of the old one: which is meant would be a guess.
    const isDoubtful = others.length > 0 || taken.has(only) || used.get(name) !== 1;
    return isDoubtful ? -1 : only;
  });
}
