import type { ClipCheckpoint } from "../../src/clip/clip-checkpoint.ts";
import { smallClip } from "./small-clip.ts";
import { SMALL_END, SMALL_START } from "./small-text-tower.ts";

/** One token a word, and one for each full stop. */
const encodeWords = (text: string) =>
  (text.match(/\w+|\./g) ?? []).map((word) =>
    word === "." ? 0 : 1 + ((7 * word.length + word.charCodeAt(0)) % 29),
  );

/** {@link smallClip} with what fitting reads of a tokenizer. */
export function smallCheckpoint(seed = 4): ClipCheckpoint {
  const tokenizer = {
    encodeWords,
    encodePrompt: (text: string) => [SMALL_START, ...encodeWords(text), SMALL_END],
  };
  return { id: "small", weightsHash: "ab", ...smallClip(seed), tokenizer } as unknown as ClipCheckpoint;
}
