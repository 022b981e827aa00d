import { expect, test } from "vitest";
import { testTokenizerJson } from "../../test/support/test-tokenizer.ts";
import { ModelFileError } from "../errors.ts";
import { type ClipCheckpoint, createClip } from "./clip-checkpoint.ts";
import { createTokenizer } from "./tokenizer.ts";

const tokenizer = createTokenizer(testTokenizerJson);

function partsWith(vocabularySize: number, contextLength: number): ClipCheckpoint {
  return {
    id: "test",
    tokenizer,
    weightsHash: "0",
    config: { text: { vocabularySize, contextLength } },
  } as ClipCheckpoint;
}

test("takes a tokenizer that the text tower can hold", () => {
  expect(createClip(partsWith(tokenizer.vocabularySize, 77)).tokenizer).toBe(tokenizer);
  expect(createClip(partsWith(600, 80)).tokenizer).toBe(tokenizer);
});

test("refuses a tokenizer of another model by what is too much", () => {
  const create = () => createClip(partsWith(71, 77));
  expect(create).toThrow(ModelFileError);
  expect(create).toThrow(
    `tokenizer of "test": expected at most 71 tokens in its vocabulary, as the text tower has, got ` +
      `${tokenizer.vocabularySize}. Use the tokenizer that came with this checkpoint.`,
  );
  expect(() => createClip(partsWith(600, 64))).toThrow("expected at most 64 token positions");
});
