import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { testTokenizerJson } from "../../test/support/test-tokenizer.ts";
import { createTokenizer } from "../clip/tokenizer.ts";
import { ConfigError } from "../errors.ts";
import { createPrompts } from "./prompts.ts";

const tokenizer = createTokenizer(testTokenizerJson);
const { startOfText, endOfText } = tokenizer;
const words = (text: string) => tokenizer.encodeWords(text);

describe("createPrompts", () => {
  test("splits what all prompts share from what differs", () => {
    expect(createPrompts(tokenizer, ["cat", "dog cat", "dogs"], "a photo of a {}.")).toEqual({
      prefixIds: [startOfText, ...words("a photo of a")],
      suffixIds: [
        [...words("cat"), ...words("."), endOfText],
        [...words("dog cat"), ...words("."), endOfText],
        [...words("dogs"), ...words("."), endOfText],
      ],
      nameLengths: [1, 2, words("dogs").length],
    });
  });

  test("with the name first only start-of-text is shared", () => {
    expect(createPrompts(tokenizer, ["cat"], "{} at dog.")).toEqual({
      prefixIds: [startOfText],
      suffixIds: [[...words("cat at dog."), endOfText]],
      nameLengths: [1],
    });
  });

  test("with the name last end-of-text follows it", () => {
    expect(createPrompts(tokenizer, ["cat", "dog"], "of {}")).toEqual({
      prefixIds: [startOfText, ...words("of")],
      suffixIds: [
        [...words("cat"), endOfText],
        [...words("dog"), endOfText],
      ],
      nameLengths: [1, 1],
    });
  });

  test("keeps classes of one name apart, by index", () => {
    const { suffixIds, nameLengths } = createPrompts(tokenizer, ["cat", "dog", "cat"], "{}.");
    expect(suffixIds[2]).toEqual(suffixIds[0]);
    expect(nameLengths).toEqual([1, 1, 1]);
  });

  test("spaces and capitals do not matter, as nowhere in CLIP", () => {
    expect(createPrompts(tokenizer, ["  CAT "], "Of  {}  .")).toEqual(
      createPrompts(tokenizer, ["cat"], "of {}."),
    );
  });

  test("prefix and suffix together are the whole prompt", () => {
    const text = fc.array(fc.constantFrom("cat", "dog", "at", "of", "a", "x"), { maxLength: 4 });
    fc.assert(
      fc.property(text, text, fc.array(text, { minLength: 1, maxLength: 3 }), (before, after, names) => {
        const template = [...before, "{}", ...after].join(" ");
        const classNames = names.map((list) => ["dog", ...list].join(" "));
        const prompts = createPrompts(tokenizer, classNames, template);
        classNames.forEach((name, c) => {
          const suffix = prompts.suffixIds[c] as readonly number[];
          const whole = tokenizer.encodePrompt(template.replace("{}", name));
          expect([...prompts.prefixIds, ...suffix]).toEqual(whole);
          expect(suffix.slice(0, prompts.nameLengths[c])).toEqual(words(name));
        });
      }),
    );
  });
});

describe("refuses", () => {
  const refusal = (names: readonly string[], template: string) => () =>
    createPrompts(tokenizer, names, template);

  test.each([
    ["a photo", "0"],
    ["{} and {}", "2"],
    ["", "0"],
  ])('the template "%s"', (template, got) => {
    expect(refusal(["cat"], template)).toThrow(ConfigError);
    expect(refusal(["cat"], template)).toThrow(
      `template "${template}": expected one "{}" for the class name, got ${got}. Write, for example, "a photo of a {}."`,
    );
  });

  test.each(["", "  ", "\t\n"])("the empty name %j", (name) => {
    expect(refusal(["cat", name], "of {}.")).toThrow(ConfigError);
    expect(refusal(["cat", name], "of {}.")).toThrow(
      `class name ${JSON.stringify(name)} in template "of {}.": expected a name with tokens of its own, ` +
        "got a name without tokens. Give the class a name in words, for example in classes.json.",
    );
  });

  test("a name that merges with the words before it", () => {
    expect(refusal(["cat", "cat"], "do{}")).toThrow(
      'class name "cat" in template "do{}": expected a name with tokens of its own, ' +
        "got a name that merges with the template.",
    );
  });

  test("a name that leaves other tokens before it, even where there are as many", () => {
    // "ca" alone is two tokens, in "cadogs" it is one.
    expect(tokenizer.encodePrompt("cadogs.")).toHaveLength(1 + words("ca").length + words("dogs").length + 1);
    expect(refusal(["dogs"], "ca{}.")).toThrow("got a name that merges with the template.");
  });

  test("a name that takes the template's last words in", () => {
    expect(refusal(["do"], "of {}g")).toThrow("got a name that merges with the template.");
  });

  test("a prompt of more than 77 tokens, naming it", () => {
    const name = Array(72).fill("cat").join(" ");
    expect(createPrompts(tokenizer, [name], "of a {}.").nameLengths).toEqual([72]);
    expect(refusal(["dog", `${name} dog`], "of a {}.")).toThrow(ConfigError);
    expect(refusal(["dog", `${name} dog`], "of a {}.")).toThrow(
      /^prompt "of a cat cat .*\.\.\.": expected at most 77 tokens, .* included, got 78\. Shorten the class name/,
    );
  });

  test("a name that spells out a special token", () => {
    expect(refusal(["<|endoftext|>"], "of {}.")).toThrow(
      'text "<|endoftext|>": expected words without <|startoftext|> and <|endoftext|>, got one of them.',
    );
  });
});
