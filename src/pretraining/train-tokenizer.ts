import { byteSymbols } from "../clip/byte-symbols.ts";
import {
  clipTokenizerJson,
  END_OF_TEXT,
  END_OF_WORD,
  START_OF_TEXT,
  WORDS,
} from "../clip/clip-tokenizer-json.ts";
import { ConfigError, DataError } from "../errors.ts";
import { type CountedWord, learnMerges } from "./learn-merges.ts";

/** How large a vocabulary is learned. */
export interface TrainTokenizerOptions {
  /**
   * Number of tokens: the 512 symbols of single bytes, as many joined ones as there is room for, start-of-text and end-of-text.
   * Fewer where the texts' words run out.
   */
  readonly vocabularySize: number;
}

/** Each byte is a symbol within a word, and another one at its end. */
const BYTES = byteSymbols.length;
const SPECIAL_TOKENS = [START_OF_TEXT, END_OF_TEXT] as const;
const LEAST_TOKENS = 2 * BYTES + SPECIAL_TOKENS.length;
/** As many as the loader takes. */
const MOST_TOKENS = 4_000_000;

/**
 * Learns a vocabulary as CLIP's was learned: byte-pair encoding of lower-cased words, with marks at the ends of words. Every
 * text can be encoded with it, whatever it was learned from. The same texts give the same file, whatever their order, and a smaller
 * vocabulary has the first tokens of a larger one; start-of-text and end-of-text are the last two ids.
 *
 * @param texts each counts as often as it occurs
 * @returns content of a `tokenizer.json` of Hugging Face Tokenizers
 * @throws {ConfigError} if the vocabulary has no room for all bytes
 * @throws {DataError} if there is not a single word in the texts
 * @example
 * const tokenizer = createTokenizer(trainTokenizer(captions, { vocabularySize: 3000 }));
 */
export function trainTokenizer(texts: Iterable<string>, { vocabularySize }: TrainTokenizerOptions): string {
  checkSize(vocabularySize);
  const words = countWords(texts);
  const characters = byteSymbols.map(({ character }) => character);
  const tokens = [...characters, ...characters.map((character) => `${character}${END_OF_WORD}`)];
  const merges = learnMerges(words, {
    firstId: tokens.length,
    maxMerges: vocabularySize - LEAST_TOKENS,
  });
  const lines = merges.map(([left, right]) => {
    tokens.push(`${tokens[left]}${tokens[right]}`);
    return `${tokens[left]} ${tokens[right]}`;
  });
  tokens.push(...SPECIAL_TOKENS);
  const vocabulary = Object.fromEntries(tokens.map((token, id) => [token, id]));
  return clipTokenizerJson({ vocabulary, merges: lines });
}

function checkSize(vocabularySize: number): void {
  const isPossible = vocabularySize >= LEAST_TOKENS && vocabularySize <= MOST_TOKENS;
  if (Number.isInteger(vocabularySize) && isPossible) return;
  throw new ConfigError({
    where: "vocabularySize",
    expected: `a whole number from ${LEAST_TOKENS} (each byte within and at the end of a word, and ${SPECIAL_TOKENS.length} special tokens) to ${MOST_TOKENS}`,
    got: String(vocabularySize),
  });
}

/** The different words, cut as `createTokenizer` will cut them, as symbols of their UTF-8 bytes. */
function countWords(texts: Iterable<string>): CountedWord[] {
  const pattern = new RegExp(WORDS, "gu");
  const counts = new Map<string, number>();
  for (const [text, count] of countEach(texts)) {
    const normalized = text.normalize("NFC").toLowerCase();
    for (const [word] of normalized.matchAll(pattern)) counts.set(word, (counts.get(word) ?? 0) + count);
  }
  if (counts.size === 0) {
    throw new DataError({
      where: "texts of the tokenizer",
      expected: "at least one word",
      got: "none",
      fix: "Give the captions from which the vocabulary is to be learned.",
    });
  }
  return [...counts].map(([word, count]) => ({ symbols: symbolsOf(word), count }));
}

const encoder = new TextEncoder();
/** Id of each byte within a word. */
const idOfByte = new Map(byteSymbols.map(({ byte }, id) => [byte, id]));

function symbolsOf(word: string): number[] {
  const ids = Array.from(encoder.encode(word), (byte) => idOfByte.get(byte) as number);
  return ids.map((id, place) => (place === ids.length - 1 ? id + BYTES : id));
}

function countEach(texts: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}
