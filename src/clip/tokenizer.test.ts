import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { testTokenizerJson } from "../../test/support/test-tokenizer.ts";
import { ConfigError, ModelFileError } from "../errors.ts";
import { createTokenizer } from "./tokenizer.ts";
import { tokenizerJsonOf } from "./vocabulary-tokenizer.ts";

const bpe = join(
  process.env.LAMM_SHARED ?? join(import.meta.dirname, "../../../shared"),
  "checkpoints/clip-bpe",
);
const tokenizer = createTokenizer(testTokenizerJson);
const { startOfText, endOfText } = tokenizer;

function withChanges(change: (json: Record<string, unknown>) => void): string {
  const json = JSON.parse(testTokenizerJson);
  change(json);
  return JSON.stringify(json);
}

describe("OpenAI's vocabulary", () => {
  const missing = !existsSync(bpe);
  const read = (name: string) => readFileSync(join(bpe, name), "utf8");

  test.skipIf(missing)("gives the ids of the reference for 1,184 texts (skipped without LAMM_SHARED)", () => {
    const openAi = createTokenizer(read("tokenizer.json"));
    const pairs: [text: string, ids: number[]][] = JSON.parse(read("pairs.json"));
    expect(pairs).toHaveLength(1184);
    for (const [text, ids] of pairs) expect(openAi.encodeWords(text), text).toEqual(ids);
    expect(openAi).toMatchObject({ startOfText: 49406, endOfText: 49407, vocabularySize: 49408 });
    expect(openAi.encodePrompt("Hello, World!")).toEqual([49406, 3306, 267, 1002, 256, 49407]);
  });

  test.skipIf(missing)("gives the same from vocab.json and merges.txt (skipped without LAMM_SHARED)", () => {
    const { model } = JSON.parse(read("tokenizer.json"));
    const rebuilt = createTokenizer(
      tokenizerJsonOf({
        vocabulary: JSON.stringify(model.vocab),
        vocabularyName: "vocab.json",
        merges: `#version: 0.2\n${model.merges.join("\n")}\n`,
      }),
    );
    const pairs: [text: string, ids: number[]][] = JSON.parse(read("pairs.json"));
    for (const [text, ids] of pairs) expect(rebuilt.encodeWords(text), text).toEqual(ids);
  });
});

describe("reading OpenAI's tokens", () => {
  test.skipIf(!existsSync(bpe))("gives back the reference's texts (skipped without LAMM_SHARED)", () => {
    const openAi = createTokenizer(readFileSync(join(bpe, "tokenizer.json")));
    const pairs: [text: string, ids: number[]][] = JSON.parse(readFileSync(join(bpe, "pairs.json"), "utf8"));
    let escaped = 0;
    for (const [text, ids] of pairs) {
      const read = ids.map((id) => openAi.tokenText(id).text).join("");
      // Characters whose bytes are several tokens.
      if (read.includes("\\x")) escaped++;
      else expect(read).toBe(text.normalize("NFC").toLowerCase().replace(/\s+/g, ""));
    }
    expect(escaped).toBeLessThan(100);
  });
});

describe("encoding", () => {
  test("joins pairs in the order of the merges, and marks ends of words", () => {
    expect(tokenizer.encodeWords("cat")).toEqual(tokenizer.encodeWords("CAT"));
    expect(tokenizer.encodeWords("cat")).toHaveLength(1);
    expect(tokenizer.encodeWords("cats")).toHaveLength(3);
    expect(tokenizer.encodeWords("cat cat.")).toHaveLength(3);
  });

  test("puts start-of-text and end-of-text around a prompt", () => {
    const words = tokenizer.encodeWords("a cat");
    expect(tokenizer.encodePrompt("a cat")).toEqual([startOfText, ...words, endOfText]);
    expect(tokenizer.encodePrompt("")).toEqual([startOfText, endOfText]);
  });

  test("ignores spaces around and between words", () => {
    fc.assert(
      fc.property(fc.constantFrom(" ", "\t", "\n", "  ", "\u00a0", "\u3000"), (space) => {
        expect(tokenizer.encodeWords(`${space}a${space}cat${space}`)).toEqual(tokenizer.encodeWords("a cat"));
      }),
    );
  });

  test("gives ids below the size of the vocabulary for any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        for (const id of tokenizer.encodeWords(text)) expect(id).toBeLessThan(tokenizer.vocabularySize);
      }),
    );
  });

  test("takes a prompt that fills the context, and names a longer one with its length", () => {
    const short = createTokenizer(testTokenizerJson, { contextLength: 5 });
    expect(short.encodePrompt("cat cat cat")).toHaveLength(5);
    expect(() => short.encodePrompt("cat cat cat cat")).toThrow(ConfigError);
    expect(() => short.encodePrompt("cat cat cat cat")).toThrow(
      'prompt "cat cat cat cat": expected at most 5 tokens, start-of-text and end-of-text included, got 6. ' +
        "Shorten the class name or the template.",
    );
    expect(() => tokenizer.encodePrompt("cat ".repeat(76))).toThrow(/^prompt "(cat ){20}\.\.\.": .* got 78/);
    expect(tokenizer.encodePrompt("cat ".repeat(75))).toHaveLength(77);
  });

  test("refuses a text that spells out a special token", () => {
    expect(() => tokenizer.encodeWords("a <|endoftext|> b")).toThrow(
      'text "a <|endoftext|> b": expected words without <|startoftext|> and <|endoftext|>, got one of them.',
    );
    expect(() => tokenizer.encodePrompt("<|startoftext|>")).toThrow(ConfigError);
  });
});

describe("reading tokens", () => {
  test("gives the words of a text, and says where they end", () => {
    const read = (text: string) => tokenizer.encodeWords(text).map((id) => tokenizer.tokenText(id));
    expect(read("cat")).toEqual([{ text: "cat", endsWord: true }]);
    expect(read("cats")).toEqual([
      { text: "ca", endsWord: false },
      { text: "t", endsWord: false },
      { text: "s", endsWord: true },
    ]);
    expect(tokenizer.tokenText(startOfText)).toEqual({ text: "<|startoftext|>", endsWord: false });
  });

  test("gives back any text of whole words", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9]{1,12}( [a-z]{1,9})?$/), (text) => {
        const tokens = tokenizer.encodeWords(text).map((id) => tokenizer.tokenText(id));
        const joined = tokens.map(({ text, endsWord }) => (endsWord ? `${text} ` : text)).join("");
        expect(joined.replaceAll(" ", "")).toBe(text.replaceAll(" ", ""));
      }),
    );
  });

  test.each([521, -1, 0.5])("of id %d is refused", (id) => {
    expect(() => tokenizer.tokenText(id)).toThrow(ConfigError);
    expect(() => tokenizer.tokenText(id)).toThrow(`token id: expected one of the vocabulary, got ${id}.`);
  });
});

describe("files", () => {
  test("without a rule for ends of texts use the names of the special tokens", () => {
    const bare = createTokenizer(
      withChanges((json) => {
        json.post_processor = null;
      }),
    );
    expect(bare).toMatchObject({ startOfText, endOfText });
    expect(bare.encodePrompt("cat")).toEqual(tokenizer.encodePrompt("cat"));
  });

  describe("without a special token are refused", () => {
    const without = (token: string, change: (json: Record<string, unknown>) => void = () => {}) =>
      withChanges((json) => {
        const added = json.added_tokens as { content: string }[];
        json.added_tokens = added.filter(({ content }) => content !== token);
        delete (json.model as { vocab: Record<string, number> }).vocab[token];
        change(json);
      });
    const unknownIs = (token: string | null) => (json: Record<string, unknown>) => {
      json.model = { ...(json.model as object), unk_token: token };
    };

    test.each([
      ["end-of-text", without("<|endoftext|>"), "<|endoftext|>"],
      // Then end-of-text would be the letter a, or nothing.
      ["end-of-text, another unknown token", without("<|endoftext|>", unknownIs("a")), "<|endoftext|>"],
      ["end-of-text, no unknown token", without("<|endoftext|>", unknownIs(null)), "<|endoftext|>"],
      [
        "end-of-text, no rule for ends of texts",
        without("<|endoftext|>", (json) => {
          json.post_processor = null;
        }),
        "<|endoftext|>",
      ],
      ["start-of-text", without("<|startoftext|>"), "<|startoftext|>"],
    ])("no %s", (_, json, token) => {
      const role = token === "<|endoftext|>" ? "end-of-text" : "start-of-text";
      expect(() => createTokenizer(json)).toThrow(ModelFileError);
      expect(() => createTokenizer(json, { name: "m/tokenizer.json" })).toThrow(
        `m/tokenizer.json: expected the byte-pair tokenizer of a CLIP, got a vocabulary without the token ${token} for ` +
          `${role}. Use the tokenizer.json of the same checkpoint, or of openai/clip-vit-base-patch32.`,
      );
    });

    test("both by one token", () => {
      const same = withChanges((json) => {
        const rule = json.post_processor as { cls: unknown; sep: unknown };
        rule.cls = rule.sep;
      });
      expect(() => createTokenizer(same)).toThrow(ModelFileError);
      expect(() => createTokenizer(same)).toThrow(
        "got one token, <|endoftext|>, for both start-of-text and end-of-text",
      );
    });
  });

  test.each([
    ["no JSON", "{", /tokenizer\.json: expected valid JSON/],
    ["another model", '{"model": {"type": "Unigram", "vocab": {}, "merges": []}}', /model\.type/],
    ["no vocabulary", '{"model": {"merges": []}}', /model\.vocab/],
    ["ids that are none", '{"model": {"vocab": {"a": -1}, "merges": []}}', /must be the ids of the tokens/],
    [
      "an unknown normalizer",
      withChanges((json) => {
        json.normalizer = { type: "Nonsense" };
      }),
      /expected the byte-pair tokenizer of a CLIP, got .*Nonsense/,
    ],
  ])("with %s are refused", (_, json, message) => {
    expect(() => createTokenizer(json)).toThrow(ModelFileError);
    expect(() => createTokenizer(json)).toThrow(message);
  });

  test("of a vocabulary without special tokens are refused", () => {
    const make = () => tokenizerJsonOf({ vocabulary: '{"a": 0}', vocabularyName: "vocab.json", merges: "" });
    expect(make).toThrow(ModelFileError);
    expect(make).toThrow(
      "vocab.json: expected the special tokens <|startoftext|> and <|endoftext|>, got a vocabulary without them",
    );
  });
});
