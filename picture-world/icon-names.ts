import type { EmojiRecord } from "./emoji-records.ts";
import { loadEmojiRecords } from "./emoji-records.ts";
import { FXEMOJI_NAMES, FXEMOJI_OTHERS } from "./fxemoji.ts";
import type { Style } from "./icon-set.ts";
import { loadIconSet } from "./icon-set.ts";

/** Sets whose names follow the code points, so that their names and aliases are other names of those emoji. */
const SETS_WITH_CHARS: readonly Style[] = ["noto", "twemoji", "fluent-emoji-flat"];

const matched = new Map<Style, ReadonlyMap<string, string>>();
let namesFromChars: ReadonlyMap<string, readonly string[]> | undefined;

/**
 * Which icon of a set draws which emoji: by code points where the package lists them, else by name.
 * A better match takes an icon first, and an icon is taken once.
 *
 * @returns icon names by hexcode
 */
export function matchIcons(style: Style): ReadonlyMap<string, string> {
  const known = matched.get(style);
  if (known !== undefined) return known;
  const icons = match(style);
  matched.set(style, icons);
  return icons;
}

function match(style: Style): ReadonlyMap<string, string> {
  const { chars, names: allNames, resolve } = loadIconSet(style);
  const names = style === "fxemoji" ? allNames.filter((name) => !FXEMOJI_OTHERS.has(name)) : allNames;
  const exact = new Map(names.filter((name) => resolve(name) === name).map((name) => [keyOf(name), name]));
  const byKey = new Map([...names.map((name) => [keyOf(name), resolve(name)] as const), ...exact]);
  // Where one set has several drawings of an emoji, they are numbered.
  for (const name of names) if (name.endsWith("-1")) byKey.set(keyOf(name.slice(0, -2)), resolve(name));
  const named = (name: string | undefined) => (name === undefined ? undefined : byKey.get(keyOf(name)));
  const passes: ((emoji: EmojiRecord) => (string | undefined)[])[] = [
    ({ hexcode }) => [chars.get(charsKey(hexcode))],
    ({ name }) => [style === "fxemoji" ? named(FXEMOJI_NAMES[name]) : undefined],
    // An alias may be an older name of one emoji and today's name of another.
    ({ name }) => [exact.get(keyOf(name))],
    ({ name }) => [named(name)],
    ({ hexcode }) => (emojiNamesFromChars().get(hexcode) ?? []).map(named),
    ({ otherNames }) => otherNames.map(named),
  ];
  const matches = new Map<string, string>();
  const taken = new Set<string>();
  for (const candidates of passes) {
    for (const emoji of loadEmojiRecords()) {
      if (matches.has(emoji.hexcode)) continue;
      const icon = candidates(emoji).find((name) => name !== undefined && !taken.has(name));
      if (icon === undefined) continue;
      matches.set(emoji.hexcode, icon);
      taken.add(icon);
    }
  }
  return matches;
}

/** Names and aliases by hexcode, from the sets that list code points. */
function emojiNamesFromChars(): ReadonlyMap<string, readonly string[]> {
  namesFromChars ??= collectNamesFromChars();
  return namesFromChars;
}

function collectNamesFromChars(): ReadonlyMap<string, readonly string[]> {
  const collected = new Map<string, string[]>();
  for (const style of SETS_WITH_CHARS) {
    const { chars, names, resolve } = loadIconSet(style);
    const byIcon = Map.groupBy(names, resolve);
    for (const { hexcode } of loadEmojiRecords()) {
      const icon = chars.get(charsKey(hexcode));
      if (icon === undefined) continue;
      collected.set(hexcode, [...(collected.get(hexcode) ?? []), ...(byIcon.get(resolve(icon)) ?? [])]);
    }
  }
  return collected;
}

/** `chars.json` has lower-case code points without the variation selector. */
function charsKey(hexcode: string): string {
  return hexcode.toLowerCase().replaceAll("-fe0f", "");
}

/** Letters and digits of a name, so that case, dashes and accents do not matter. */
function keyOf(name: string): string {
  return name
    .normalize("NFD")
    .toLowerCase()
    .replaceAll("&", "and")
    .replaceAll("*", "asterisk")
    .replaceAll("#", "hash")
    .replaceAll(/[^a-z0-9]/g, "");
}
