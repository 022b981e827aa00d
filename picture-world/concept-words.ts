import type { Concept } from "./concepts.ts";
import { loadConcepts } from "./concepts.ts";
import { GROUP_NOUNS } from "./group-nouns.ts";

/** Words for a concept, in lower case. */
export interface ConceptWords {
  /** The whole name, without punctuation that nobody says. */
  readonly name: string;
  /** Other names: shorter ones. */
  readonly shortNames: readonly string[];
  /** Keywords that few concepts share, so that one of them alone tells what is meant. */
  readonly telling: readonly string[];
  /** Keywords that go with the name but do not stand for it. */
  readonly related: readonly string[];
  /** Nouns for things of its kind. */
  readonly kinds: readonly string[];
}

/** Most concepts that a telling keyword belongs to. */
const MOST_SHARING = 2;
/** Keywords shorter than this are digits, letters and abbreviations. */
const SHORTEST_KEYWORD = 3;

/** Words at the end of names that only say what sort of drawing it is. */
const DRAWING_WORDS = / (face|sign|symbol)$/;
/** Words at the start of names that only say how it is seen. */
const VIEW_WORDS = /^(oncoming|front-facing|woman's|man's|keycap) /;

const known = new Map<string, ConceptWords>();
let sharing: ReadonlyMap<string, number> | undefined;

/** The words for a concept. */
export function wordsFor(concept: Concept): ConceptWords {
  const words = known.get(concept.hexcode) ?? collectWords(concept);
  known.set(concept.hexcode, words);
  return words;
}

function collectWords({ name: fullName, keywords, group, subgroup }: Concept): ConceptWords {
  const name = plain(fullName);
  const own = new Set(name.split(/[ -]/));
  const usable = keywords
    .map(plain)
    .filter((keyword) => /[a-z]/.test(keyword) && keyword.length >= SHORTEST_KEYWORD && !own.has(keyword));
  const isTelling = (keyword: string) => (conceptsSharing().get(keyword) ?? 0) <= MOST_SHARING;
  return {
    name,
    shortNames: shorten(name, group),
    telling: usable.filter(isTelling),
    related: usable.filter((keyword) => !isTelling(keyword)),
    kinds: GROUP_NOUNS[subgroup] ?? [],
  };
}

/** Faces without "face" are bare adjectives, for which people say "smiley". */
function shorten(name: string, group: string): string[] {
  if (group === "smileys-emotion") return name.endsWith(" face") ? [name.replace(/ face$/, " smiley")] : [];
  const shorter = name.replace(DRAWING_WORDS, "").replace(VIEW_WORDS, "");
  return shorter !== name && shorter.length >= SHORTEST_KEYWORD ? [shorter] : [];
}

function plain(text: string): string {
  return text
    .toLowerCase()
    .normalize("NFD")
    .replaceAll(/\p{Mn}/gu, "")
    .replaceAll("’", "'")
    .replaceAll(/ \(.*\)|[“”!,.]/g, "")
    .replaceAll(/[:_]+ ?/g, " ")
    .trim();
}

function conceptsSharing(): ReadonlyMap<string, number> {
  sharing ??= countSharing();
  return sharing;
}

function countSharing(): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { name, keywords } of loadConcepts()) {
    const words = new Set([...keywords.map(plain), ...plain(name).split(" "), plain(name)]);
    for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
}
