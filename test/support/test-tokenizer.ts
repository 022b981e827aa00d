import { tokenizerJsonOf } from "../../src/clip/vocabulary-tokenizer.ts";

/** Bytes that byte-level BPE writes as themselves; the others become characters from U+0100 on. */
const PRINTABLE = [
  [0x21, 0x7e],
  [0xa1, 0xac],
  [0xae, 0xff],
] as const;

function byteAlphabet(): string[] {
  const isPrintable = (byte: number) => PRINTABLE.some(([first, last]) => byte >= first && byte <= last);
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isPrintable(byte) ? byte : next++));
}

/** A tokenizer for tests in CLIP's format: all bytes, a few words, and special tokens as the last two ids (519, 520). */
export const testTokenizerJson: string = (() => {
  const alphabet = byteAlphabet();
  const merges = ["c a", "ca t</w>", "d o", "do g</w>", "a t</w>", "o f</w>"];
  const tokens = [
    ...alphabet,
    ...alphabet.map((character) => `${character}</w>`),
    ...merges.map((merge) => merge.replace(" ", "")),
    "<|startoftext|>",
    "<|endoftext|>",
  ];
  const vocabulary = JSON.stringify(Object.fromEntries(tokens.map((token, id) => [token, id])));
  return tokenizerJsonOf({ vocabulary, vocabularyName: "vocab.json", merges: merges.join("\n") });
})();
