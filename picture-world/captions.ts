import type { Random } from "../src/tensor/random.ts";
import type { ConceptWords } from "./concept-words.ts";
import { wordsFor } from "./concept-words.ts";
import type { Concept } from "./concepts.ts";
import type { Look } from "./looks.ts";
import { LOOKS } from "./looks.ts";

/** The wording that zero-shot classification uses most. */
const USUAL_TEMPLATE = "a photo of a {}.";

/** Wordings around a name; "a" before vowels too, as in the templates of zero-shot classification. */
const TEMPLATES = [
  "{}",
  "a {}",
  "the {}",
  "one {}",
  "a photo of a {}.",
  "a photo of the {}.",
  "a picture of a {}.",
  "an image of a {}.",
  "a drawing of a {}.",
  "a painting of a {}.",
  "a sticker of a {}.",
  "an icon of a {}.",
  "a cartoon {}.",
  "a rendering of a {}.",
  "a good photo of a {}.",
  "a bad photo of a {}.",
  "a photo of one {}.",
  "a photo of my {}.",
  "a photo of a nice {}.",
  "there is a {} here",
  "this is a {}.",
  "look, a {}!",
  "itap of a {}.",
  "art of a {}.",
];

/** Wordings around a name and what kind of thing it is. */
const KIND_TEMPLATES = [
  "a photo of a {}, a type of {kind}.",
  "a photo of a {}, a kind of {kind}.",
  "a {}, a type of {kind}",
  "{kind}: {}",
  "a {kind}, namely a {}",
];

/** Wordings around a name and one or two keywords. */
const KEYWORD_TEMPLATES = [
  "{}, {keyword}",
  "a {} for {keyword}",
  "{keyword}: a {}",
  "{} {keyword} {keyword}",
  "a photo of a {}, {keyword}.",
];

/** Share of captions about a picture's look, of those whose picture has a look. */
const LOOK_SHARE = 0.7;
/** Shares of all other captions; the rest has a name alone. */
const KIND_SHARE = 0.16;
const KEYWORD_SHARE = 0.1;
const TELLING_SHARE = 0.1;
/** Share of the usual wording among names alone. */
const USUAL_SHARE = 0.35;
const SHORT_NAME_SHARE = 0.4;

/** Longest caption, in words: with punctuation, start and end it has about 16 tokens. */
export const MOST_WORDS = 12;

/** Captions of each concept that stand for all of them when a vocabulary is learned. */
const SAMPLE_CAPTIONS = 8;

/**
 * Words a caption for a picture of a concept, in lower case, of at most {@link MOST_WORDS} words.
 *
 * @param look what the picture was drawn to look like, if anything
 */
export function drawCaption(concept: Concept, random: Random, look?: Look): string {
  const words = wordsFor(concept);
  const caption = wordCaption(words, random, look);
  return caption.split(" ").length <= MOST_WORDS ? caption : words.name;
}

/** Captions, names, keywords and looks, which a vocabulary for captions of the concepts is learned from. */
export function captionTexts(concepts: readonly Concept[], random: Random): string[] {
  const texts = concepts.flatMap((concept) => {
    const { name, shortNames, telling, related, kinds } = wordsFor(concept);
    const captions = Array.from({ length: SAMPLE_CAPTIONS }, () => drawCaption(concept, random));
    return [name, ...shortNames, ...telling, ...related, ...kinds, ...captions];
  });
  return [
    ...texts,
    ...LOOKS.flatMap(({ templates }) => templates.map((template) => fill(template, "thing"))),
  ];
}

function wordCaption(words: ConceptWords, random: Random, look: Look | undefined): string {
  if (look !== undefined && random.random() < LOOK_SHARE) {
    return fill(pick(look.templates, random), pickName(words, random));
  }
  const { telling, related, kinds } = words;
  const draw = random.random();
  if (draw < KIND_SHARE && kinds.length > 0) {
    const template = pick(KIND_TEMPLATES, random).replace("{kind}", pick(kinds, random));
    return fill(template, pickName(words, random));
  }
  if (draw > 1 - TELLING_SHARE && telling.length > 0) return wordName(pick(telling, random), random);
  const keywords = [...telling, ...related];
  if (draw > 1 - TELLING_SHARE - KEYWORD_SHARE && keywords.length > 0) {
    const template = pick(KEYWORD_TEMPLATES, random).replaceAll("{keyword}", () => pick(keywords, random));
    return fill(template, pickName(words, random));
  }
  return wordName(pickName(words, random), random);
}

function wordName(name: string, random: Random): string {
  return fill(random.random() < USUAL_SHARE ? USUAL_TEMPLATE : pick(TEMPLATES, random), name);
}

function pickName({ name, shortNames }: ConceptWords, random: Random): string {
  return shortNames.length > 0 && random.random() < SHORT_NAME_SHARE ? pick(shortNames, random) : name;
}

/** Puts a name into a template. */
function fill(template: string, name: string): string {
  return template.replace("{}", () => name);
}

function pick<T>(items: readonly T[], random: Random): T {
  return items[Math.floor(items.length * random.random())] as T;
}
