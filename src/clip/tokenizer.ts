import { Tokenizer } from "@huggingface/tokenizers";
import { z } from "zod";
import { ConfigError, ModelFileError } from "../errors.ts";
import { isObject, type JsonSource, parseJsonObject } from "./checkpoint/parse-json.ts";
import { END_OF_TEXT, START_OF_TEXT } from "./clip-tokenizer-json.ts";
import { readToken, type TokenText } from "./token-text.ts";

/** Positions of OpenAI's text tower, start-of-text and end-of-text included. */
const DEFAULT_CONTEXT_LENGTH = 77;
/** As many characters of a long text as an error shows. */
const SHOWN_CHARACTERS = 80;

/** Turns text into token ids, as the text tower of one checkpoint expects them. */
export interface ClipTokenizer {
  /** Id of the token before each prompt. */
  readonly startOfText: number;
  /** Id of the token after each prompt, at whose position the text feature is read. */
  readonly endOfText: number;
  /** One more than the largest id. */
  readonly vocabularySize: number;
  /** Largest number of tokens in a prompt, start-of-text and end-of-text included. */
  readonly contextLength: number;
  /**
   * Ids of a text alone, such as a class name.
   *
   * @throws {ConfigError} if the text itself spells out start-of-text or end-of-text
   */
  encodeWords(text: string): number[];
  /**
   * Ids of a whole prompt: start-of-text, the text, end-of-text.
   *
   * @throws {ConfigError} naming the prompt and its number of tokens, if it is longer than the context; or as
   *   `encodeWords` does
   */
  encodePrompt(text: string): number[];
  /**
   * How a token reads.
   *
   * @param id from 0, below the size of the vocabulary
   * @throws {ConfigError} if there is no such token
   */
  tokenText(id: number): TokenText;
}

/** What a `tokenizer.json` does not say. */
export interface TokenizerOptions {
  /** Path or name of the file, as errors show it. */
  readonly name?: string;
  /** Positions of the text tower; 77 unless given. */
  readonly contextLength?: number;
}

const fileSchema = z.looseObject({
  model: z.looseObject({
    type: z.literal("BPE").default("BPE"),
    vocab: z.custom<Record<string, number>>(isVocabulary, "must be the ids of the tokens"),
    merges: z.array(z.unknown()),
  }),
});

/** By hand: a schema of 50,000 entries takes as long as all the rest. */
function isVocabulary(value: unknown): boolean {
  return isObject(value) && Object.values(value).every((id) => Number.isSafeInteger(id) && Number(id) >= 0);
}

/**
 * Makes a tokenizer of a checkpoint's `tokenizer.json`.
 *
 * @param json of Hugging Face Tokenizers' format, with byte-pair encoding as all of CLIP's have
 * @throws {ModelFileError} if it is damaged, of another kind, or without start-of-text or end-of-text
 * @example
 * const tokenizer = createTokenizer(readFileSync("tokenizer.json"));
 * tokenizer.encodePrompt("a photo of a llama.");
 */
export function createTokenizer(json: JsonSource, options: TokenizerOptions = {}): ClipTokenizer {
  const { name = "tokenizer.json", contextLength = DEFAULT_CONTEXT_LENGTH } = options;
  const tokenizer = loadTokenizer(name, json);
  const { startOfText, endOfText } = findSpecialTokens(name, tokenizer);
  const encodeWords = (text: string) => {
    const { ids } = tokenizer.encode(text, { add_special_tokens: false });
    if (ids.includes(startOfText) || ids.includes(endOfText)) throw specialTokenInside(text);
    return ids;
  };
  return {
    startOfText,
    endOfText,
    vocabularySize: largestId(tokenizer) + 1,
    contextLength,
    encodeWords,
    encodePrompt(text) {
      const ids = [startOfText, ...encodeWords(text), endOfText];
      if (ids.length > contextLength) throw tooLong(text, ids.length, contextLength);
      return ids;
    },
    tokenText(id) {
      const token = tokenizer.id_to_token(id);
      if (token !== undefined) return readToken(token);
      throw new ConfigError({ where: "token id", expected: "one of the vocabulary", got: String(id) });
    },
  };
}

function loadTokenizer(name: string, json: JsonSource): Tokenizer {
  const result = fileSchema.safeParse(parseJsonObject(name, json));
  if (!result.success) {
    throw unusable(name, z.prettifyError(result.error).replaceAll("\n", " "), result.error);
  }
  try {
    return new Tokenizer(result.data, {});
  } catch (cause) {
    throw unusable(name, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

/** By the file's own rule for how a text begins and ends, else by the names that CLIP's special tokens have. */
function findSpecialTokens(name: string, tokenizer: Tokenizer) {
  const { tokens } = tokenizer.encode("");
  const [start = START_OF_TEXT, end = END_OF_TEXT] = tokens.length === 2 ? tokens : [];
  // By name: the id of a token that is not there would silently be that of unknown symbols.
  const idOf = (token: string, role: string): number => {
    const id = tokenizer.token_to_id(token);
    if (id === undefined) throw unusable(name, `a vocabulary without the token ${token} for ${role}`);
    return id;
  };
  const endOfText = idOf(end, "end-of-text");
  const startOfText = idOf(start, "start-of-text");
  if (startOfText !== endOfText) return { startOfText, endOfText };
  throw unusable(name, `one token, ${end}, for both start-of-text and end-of-text`);
}

function largestId(tokenizer: Tokenizer): number {
  let largest = 0;
  for (const id of tokenizer.get_vocab(true).values()) largest = Math.max(largest, id);
  return largest;
}

function unusable(where: string, got: string, cause?: unknown): ModelFileError {
  const fix = "Use the tokenizer.json of the same checkpoint, or of openai/clip-vit-base-patch32.";
  return new ModelFileError({ where, expected: "the byte-pair tokenizer of a CLIP", got, fix, cause });
}

function specialTokenInside(text: string): ConfigError {
  return new ConfigError({
    where: `text "${shorten(text)}"`,
    expected: `words without ${START_OF_TEXT} and ${END_OF_TEXT}`,
    got: "one of them",
    fix: "They are added around each prompt; take them out.",
  });
}

function tooLong(text: string, count: number, contextLength: number): ConfigError {
  return new ConfigError({
    where: `prompt "${shorten(text)}"`,
    expected: `at most ${contextLength} tokens, start-of-text and end-of-text included`,
    got: `${count}`,
    fix: "Shorten the class name or the template.",
  });
}

function shorten(text: string): string {
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}...` : text;
}
