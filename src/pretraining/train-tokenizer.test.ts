import { Tokenizer } from "@huggingface/tokenizers";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { testTokenizerJson } from "../../test/support/test-tokenizer.ts";
import { byteSymbols } from "../clip/byte-symbols.ts";
import { createTokenizer } from "../clip/tokenizer.ts";
import { ConfigError, DataError } from "../errors.ts";
import { trainTokenizer } from "./train-tokenizer.ts";

const texts = [
  "A photo of a dog.",
  "a photo of a cat.",
  "a drawing of the dog's house",
  "A café, 12 llamas & naïve Köche: 犬と猫!",
];

function parse(json: string): { vocab: Record<string, number>; merges: string[] } {
  return JSON.parse(json).model;
}

/** Tokens in the order of their ids. */
function tokensOf(json: string): string[] {
  return Object.entries(parse(json).vocab)
    .sort(([, a], [, b]) => a - b)
    .map(([token]) => token);
}

/** The words that ids stand for, with a space after each. */
function decode(json: string, ids: readonly number[]): string {
  const tokens = tokensOf(json);
  const byteOf = new Map(byteSymbols.map(({ byte, character }) => [character, byte]));
  const bytes = ids.flatMap((id) => {
    const [, characters = "", end] = /^(.*?)(<\/w>)?$/u.exec(tokens[id] ?? "") ?? [];
    return [...Array.from(characters, (character) => byteOf.get(character) ?? -1), ...(end ? [0x20] : [])];
  });
  return new TextDecoder().decode(Uint8Array.from(bytes));
}

/** What a CLIP makes of a text before any encoding. */
function wordsOf(text: string): string {
  const words = text
    .normalize("NFC")
    .toLowerCase()
    .match(/'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+/gu);
  return (words ?? []).map((word) => `${word} `).join("");
}

describe("the vocabulary", () => {
  test("begins with OpenAI's 512 symbols and ends with the special tokens", () => {
    const tokens = tokensOf(trainTokenizer(texts, { vocabularySize: 530 }));
    expect(tokens).toHaveLength(530);
    expect([0, 1, 93, 94, 187, 188, 255].map((id) => tokens[id])).toEqual([
      "!",
      '"',
      "~",
      "¡",
      "ÿ",
      "Ā",
      "Ń",
    ]);
    expect([256, 443, 511].map((id) => tokens[id])).toEqual(["!</w>", "ÿ</w>", "Ń</w>"]);
    expect(new Set(tokens.slice(0, 512)).size).toBe(512);
    expect(tokens.slice(-2)).toEqual(["<|startoftext|>", "<|endoftext|>"]);
  });

  test("has the most frequent pairs first, by the count of the words, in lower case", () => {
    const { merges } = parse(trainTokenizer(["Low low LOW", "lower", "low"], { vocabularySize: 520 }));
    // l o occurs 5 times, (lo) w</w> 4 times, the rest once: in the order of the ids.
    expect(merges).toEqual(["l o", "lo w</w>", "e r</w>", "w er</w>", "lo wer</w>"]);
  });

  test("joins nothing over the ends of words, contractions, digits and punctuation", () => {
    const merged = tokensOf(trainTokenizer(texts, { vocabularySize: 5000 })).slice(512, -2);
    expect(merged).toContain("photo</w>");
    expect(merged).toContain("dog</w>");
    expect(merged).toContain("'s</w>");
    for (const token of merged) expect(token.slice(0, -1), token).not.toMatch(/<\/w>/);
    expect(merged.filter((token) => /\d/.test(token))).toEqual([]);
  });

  test("is smaller than asked for where the words run out", () => {
    const json = trainTokenizer(["ab ab"], { vocabularySize: 5000 });
    expect(tokensOf(json).slice(512)).toEqual(["ab</w>", "<|startoftext|>", "<|endoftext|>"]);
    expect(createTokenizer(json).vocabularySize).toBe(515);
  });

  test("is the same whatever the order of the texts, and a smaller one is its beginning", () => {
    const some = fc
      .array(fc.string({ unit: "grapheme" }), { maxLength: 8 })
      .map((more) => [...texts, ...more]);
    const size = fc.integer({ min: 514, max: 620 });
    fc.assert(
      fc.property(some, size, size, (given, one, another) => {
        const large = trainTokenizer(given, { vocabularySize: Math.max(one, another) });
        expect(trainTokenizer([...given].reverse(), { vocabularySize: Math.max(one, another) })).toBe(large);
        const small = trainTokenizer(given, { vocabularySize: Math.min(one, another) });
        const tokens = tokensOf(small).slice(0, -2);
        expect(tokens).toEqual(tokensOf(large).slice(0, tokens.length));
        expect(parse(small).merges).toEqual(parse(large).merges.slice(0, tokens.length - 512));
      }),
      { numRuns: 25 },
    );
  });

  test("numbers its tokens without gaps, however many merges the texts yield", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: "grapheme" })),
        fc.integer({ min: 514, max: 700 }),
        (more, size) => {
          const { vocab, merges } = parse(trainTokenizer([...texts, ...more], { vocabularySize: size }));
          const ids = Object.values(vocab).sort((a, b) => a - b);
          expect(ids).toEqual(Array.from({ length: 514 + merges.length }, (_, id) => id));
          expect(ids.length).toBeLessThanOrEqual(size);
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe("the tokenizer", () => {
  const json = trainTokenizer(texts, { vocabularySize: 550 });
  const tokenizer = createTokenizer(json, { contextLength: 32 });

  test("is written as that of other CLIPs", () => {
    const { model, added_tokens, post_processor, ...rest } = JSON.parse(json);
    const {
      model: otherModel,
      added_tokens: _,
      post_processor: __,
      ...other
    } = JSON.parse(testTokenizerJson);
    expect(rest).toEqual(other);
    expect({ ...model, vocab: {}, merges: [] }).toEqual({ ...otherModel, vocab: {}, merges: [] });
    expect(added_tokens).toMatchObject([
      { id: 548, content: "<|startoftext|>", special: true },
      { id: 549, content: "<|endoftext|>", special: true },
    ]);
    expect(post_processor).toMatchObject({ cls: ["<|startoftext|>", 548], sep: ["<|endoftext|>", 549] });
  });

  test("is read by this library and by Hugging Face's, with the last two ids around a text", () => {
    expect(tokenizer).toMatchObject({ startOfText: 548, endOfText: 549, vocabularySize: 550 });
    const ids = tokenizer.encodePrompt("a photo of a dog.");
    expect(new Tokenizer(JSON.parse(json), {}).encode("a photo of a dog.").ids).toEqual(ids);
    expect(ids.at(0)).toBe(548);
    expect(ids.at(-1)).toBe(549);
    // Frequent words are one token each.
    expect(tokenizer.encodeWords("a photo of")).toHaveLength(3);
  });

  test("loses nothing of any text but case and spaces", () => {
    for (const text of texts) expect(decode(json, tokenizer.encodeWords(text))).toBe(wordsOf(text));
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(decode(json, tokenizer.encodeWords(text))).toBe(wordsOf(text));
      }),
    );
  });

  test("encodes the texts that it was learned from as they were joined: a word that was used up is one token", () => {
    const full = trainTokenizer(texts, { vocabularySize: 5000 });
    const { encodeWords } = createTokenizer(full);
    for (const text of texts) {
      expect(encodeWords(text)).toHaveLength(wordsOf(text).trim().split(" ").length);
    }
  });

  test("takes words that objects have as names of their own", () => {
    const odd = trainTokenizer(["constructor __proto__ toString"], { vocabularySize: 600 });
    const { encodeWords } = createTokenizer(odd);
    expect(decode(odd, encodeWords("constructor __proto__ toString"))).toBe(
      "constructor __ proto __ tostring ",
    );
    expect(encodeWords("constructor")).toHaveLength(1);
  });
});

describe("errors", () => {
  test.each([513, 0, -1, 600.5, Number.NaN, 4_000_001])("refuses %d tokens", (vocabularySize) => {
    const train = () => trainTokenizer(texts, { vocabularySize });
    expect(train).toThrow(ConfigError);
    expect(train).toThrow(
      "vocabularySize: expected a whole number from 514 (each byte within and at the end of a word, and 2 special tokens) " +
        `to 4000000, got ${vocabularySize}`,
    );
    expect(tokensOf(trainTokenizer(texts, { vocabularySize: 514 }))).toHaveLength(514);
  });

  test.each([
    ["no texts", []],
    ["empty ones", ["", " \n"]],
  ])("refuses %s", (_, given) => {
    const train = () => trainTokenizer(given, { vocabularySize: 600 });
    expect(train).toThrow(DataError);
    expect(train).toThrow(
      "texts of the tokenizer: expected at least one word, got none. " +
        "Give the captions from which the vocabulary is to be learned.",
    );
  });
});
