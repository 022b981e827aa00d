import type { EmojiRecord } from "./emoji-records.ts";
import { loadEmojiRecords } from "./emoji-records.ts";
import { matchIcons } from "./icon-names.ts";
import type { Style } from "./icon-set.ts";
import { STYLES } from "./icon-set.ts";

/** Something that a picture can show, drawn in several styles. */
export interface Concept {
  /** Code points in upper-case hexadecimal, joined by dashes, fully qualified; its identity. */
  readonly hexcode: string;
  /** CLDR's short name, such as `red apple`. */
  readonly name: string;
  /** CLDR's keywords. */
  readonly keywords: readonly string[];
  /** Unicode's group, such as `animals-nature`. */
  readonly group: string;
  /** Unicode's subgroup, such as `animal-mammal`. */
  readonly subgroup: string;
  /** Styles that draw it, in the order of {@link STYLES}. */
  readonly styles: readonly Style[];
}

/** Fewest styles that make a drawing a concept: with one only, no style could be held out. */
const FEWEST_STYLES = 2;

/** Groups without things to be told apart: parts of emoji, and flags of countries. */
const OTHER_SUBGROUPS = new Set(["skin-tone", "hair-style", "country-flag", "subdivision-flag"]);

/** Joined emoji of people that repeat another one for a sex, a family or a direction. */
const REPEATED_PERSON = /^(man|men|woman|women|family|kiss|couple with heart)\b|facing right$/;

let concepts: readonly Concept[] | undefined;

/** Every concept, in Unicode's order. */
export function loadConcepts(): readonly Concept[] {
  concepts ??= loadEmojiRecords().flatMap(toConcept);
  return concepts;
}

/** Concepts that at least one of the styles draws, in Unicode's order. */
export function conceptsDrawnIn(styles: readonly Style[]): Concept[] {
  return loadConcepts().filter((concept) => styles.some((style) => concept.styles.includes(style)));
}

function toConcept({ hexcode, name, keywords, group, subgroup }: EmojiRecord): Concept[] {
  if (group === undefined || subgroup === undefined || OTHER_SUBGROUPS.has(subgroup)) return [];
  if (group === "people-body" && hexcode.includes("200D") && REPEATED_PERSON.test(name)) return [];
  const styles = STYLES.filter((style) => matchIcons(style).has(hexcode));
  if (styles.length < FEWEST_STYLES) return [];
  return [{ hexcode, name, keywords, group, subgroup, styles }];
}
