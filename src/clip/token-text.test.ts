import fc from "fast-check";
import { expect, test } from "vitest";
import { byteSymbols } from "./byte-symbols.ts";
import { readToken } from "./token-text.ts";

/** Bytes as a byte-level vocabulary writes them. */
function symbolsOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byteSymbols.find((symbol) => symbol.byte === byte)?.character).join("");
}

const utf8 = (text: string) => symbolsOf(new TextEncoder().encode(text));

test.each([
  ["cat</w>", "cat", true],
  ["cat", "cat", false],
  ["</w>", "", true],
  ["<|endoftext|>", "<|endoftext|>", false],
  ["\\</w>", "\\", true],
])("%s is %s", (token, text, endsWord) => {
  expect(readToken(token)).toEqual({ text, endsWord });
});

test("text of any language is read as it was", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      fc.pre(!/\p{Cc}|<\/w>$/u.test(text));
      expect(readToken(`${utf8(text)}</w>`)).toEqual({ text, endsWord: true });
    }),
  );
  expect(readToken(utf8("naïve 😀")).text).toBe("naïve 😀");
  expect(readToken(utf8("\ufeff")).text).toBe("\ufeff");
});

test("bytes that are no character are escaped, and what follows is read", () => {
  expect(readToken(symbolsOf(Uint8Array.of(0xf0, 0x9f, 0x98))).text).toBe("\\xF0\\x9F\\x98");
  expect(readToken(symbolsOf(Uint8Array.of(0x80, 0x61))).text).toBe("\\x80a");
  expect(readToken(symbolsOf(Uint8Array.of(0xe2, 0x61, 0xc3, 0xa9))).text).toBe("\\xE2aé");
  // Too long a form of "/".
  expect(readToken(symbolsOf(Uint8Array.of(0xc0, 0xaf))).text).toBe("\\xC0\\xAF");
});

test("control characters are escaped", () => {
  expect(readToken(utf8("a\u001b[2J\n\u007f")).text).toBe("a\\x1B[2J\\x0A\\x7F");
  expect(readToken(utf8("\u009b")).text).toBe("\\xC2\\x9B");
});

test("any bytes give text without control characters", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 20 }), (bytes) => {
      expect(readToken(symbolsOf(bytes)).text).not.toMatch(/\p{Cc}|\ufffd/u);
    }),
  );
});

test("characters that stand for no byte are kept", () => {
  expect(readToken("▁cat")).toEqual({ text: "▁cat", endsWord: false });
});
