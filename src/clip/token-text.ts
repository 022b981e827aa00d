import { byteSymbols } from "./byte-symbols.ts";
import { END_OF_WORD } from "./clip-tokenizer-json.ts";

/** A token as people read it. */
export interface TokenText {
  /** Characters; bytes that are no UTF-8 by themselves, and control characters, are written `\xE2`. */
  readonly text: string;
  /** Whether it is the end of a word: `cat` by itself is, the `cat` of `cathedral` is not, nor is a special token. */
  readonly endsWord: boolean;
}

const LAST_CONTROL = 0x1f;
const DELETE = 0x7f;

const byteOf = new Map(byteSymbols.map(({ byte, character }) => [character, byte]));
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads a token of a byte-level vocabulary: its characters stand for bytes, and those are UTF-8. A token may be a part of a
 * character, such as two of an emoji's four bytes.
 *
 * @param token as in a vocabulary, such as `cat</w>`; characters that stand for no byte are kept
 */
export function readToken(token: string): TokenText {
  const endsWord = token.endsWith(END_OF_WORD);
  const symbols = endsWord ? token.slice(0, -END_OF_WORD.length) : token;
  const encoder = new TextEncoder();
  const bytes = Array.from(symbols).flatMap((symbol) => byteOf.get(symbol) ?? [...encoder.encode(symbol)]);
  return { text: showBytes(Uint8Array.from(bytes)), endsWord };
}

/** UTF-8 as text, what is not as escapes. */
function showBytes(bytes: Uint8Array): string {
  let text = "";
  for (let start = 0; start < bytes.length; ) {
    const lead = bytes[start]!;
    const character = bytes.subarray(start, start + sequenceLength(lead));
    const decoded = lead <= LAST_CONTROL || lead === DELETE ? undefined : decode(character);
    text += decoded ?? `\\x${lead.toString(16).toUpperCase().padStart(2, "0")}`;
    start += decoded === undefined ? 1 : character.length;
  }
  return text;
}

/** Bytes of a character, by its first one; 1 for a byte that begins none. */
function sequenceLength(lead: number): number {
  if (lead >= 0xf0) return 4;
  if (lead >= 0xe0) return 3;
  return lead >= 0xc0 ? 2 : 1;
}

function decode(character: Uint8Array): string | undefined {
  try {
    const text = strict.decode(character);
    // The second block of control characters moves a terminal's cursor too.
    return /\p{Cc}/u.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}
