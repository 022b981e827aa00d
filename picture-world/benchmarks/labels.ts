import { z } from "zod";
import { readPackageJson } from "../emoji-records.ts";
import type { ThemeClass } from "./theme-classes.ts";

/** Labels that are off on purpose: words that CLIP never saw, or saw for other things. */
export const LABEL_SETS = ["nicknames", "codes", "german"] as const;

/** Name of a set of labels. */
export type LabelSet = (typeof LABEL_SETS)[number];

const ONSETS = ["b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z"];
const VOWELS = ["a", "e", "i", "o", "u"];
/** Steps through the syllables that share no factor with their number, so that no name comes twice. */
const STEPS = [29, 43] as const;

/**
 * A label for each class of a theme: an invented nickname, a part number, or the German name of its first concept.
 *
 * @returns all different, in the order of the classes
 */
export function labelsOf(set: LabelSet, classes: readonly ThemeClass[]): string[] {
  switch (set) {
    case "nicknames":
      return classes.map((_, index) => nickname(index));
    case "codes":
      return classes.map((_, index) => `${"kxrt"[index % 4]}-${11 + 7 * index}`);
    case "german":
      return classes.map(({ concepts }) => germanName(concepts[0]?.hexcode ?? ""));
  }
}

function nickname(index: number): string {
  const count = ONSETS.length * VOWELS.length;
  return STEPS.map((step, place) => {
    const syllable = (step * index + 17 * place + 5) % count;
    return `${ONSETS[Math.floor(syllable / VOWELS.length)]}${VOWELS[syllable % VOWELS.length]}`;
  }).join("");
}

let german: ReadonlyMap<string, string> | undefined;

function germanName(hexcode: string): string {
  german ??= new Map(
    readPackageJson(
      "emojibase-data/de/data.json",
      z.array(z.object({ hexcode: z.string(), label: z.string() })),
    ).map((record) => [record.hexcode, record.label.toLowerCase()]),
  );
  return german.get(hexcode) ?? "";
}
