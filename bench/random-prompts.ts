import type { PromptSet } from "../src/methods/prompts.ts";
import { createRandom } from "../src/tensor/random.ts";

/** Words of "a photo of a" and the full stop; names use ids from here on. */
const TEMPLATE = { words: [1, 2, 3, 1], fullStop: 4 };
const FIRST_NAME_ID = 5;

/**
 * Prompts "a photo of a <name>." as token ids, of class names that are random tokens.
 *
 * @param vocabularySize end-of-text is the last id, start-of-text the one before
 * @param nameLengths lengths of names, dealt to the classes in turn
 */
export function randomPrompts(
  classes: number,
  { vocabularySize, nameLengths }: { vocabularySize: number; nameLengths: readonly number[] },
): PromptSet {
  const random = createRandom(1);
  const lengths = Array.from({ length: classes }, (_, c) => nameLengths[c % nameLengths.length] ?? 1);
  const names = vocabularySize - 2 - FIRST_NAME_ID;
  return {
    prefixIds: [vocabularySize - 2, ...TEMPLATE.words],
    suffixIds: lengths.map((length) => [
      ...Array.from({ length }, () => FIRST_NAME_ID + random.randBelow(names)),
      TEMPLATE.fullStop,
      vocabularySize - 1,
    ]),
    nameLengths: lengths,
  };
}
