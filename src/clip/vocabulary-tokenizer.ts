import { ModelFileError } from "../errors.ts";
import { type JsonSource, parseJsonObject } from "./checkpoint/parse-json.ts";

/** OpenAI's split into words: contractions, runs of letters, single digits, runs of anything else but spaces. */
const WORDS = "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+";
const START_OF_TEXT = "<|startoftext|>";
const END_OF_TEXT = "<|endoftext|>";

/** The two files of a tokenizer from before `tokenizer.json`, and their names as errors show them. */
export interface VocabularyFiles {
  /** `vocab.json`: the id of each token. */
  readonly vocabulary: JsonSource;
  readonly vocabularyName: string;
  /** `merges.txt`: pairs of tokens to be joined, the most frequent first. */
  readonly merges: string;
}

/**
 * Writes the `tokenizer.json` that `vocab.json` and `merges.txt` of a CLIP stand for; the other steps are the same for
 * all of them.
 *
 * @returns JSON for `createTokenizer`
 * @throws {ModelFileError} if the vocabulary is damaged or has no special tokens
 */
export function tokenizerJsonOf({ vocabulary, vocabularyName, merges }: VocabularyFiles): string {
  const vocab = parseJsonObject(vocabularyName, vocabulary);
  const start = vocab[START_OF_TEXT];
  const end = vocab[END_OF_TEXT];
  if (typeof start !== "number" || typeof end !== "number") {
    throw new ModelFileError({
      where: vocabularyName,
      expected: `the special tokens ${START_OF_TEXT} and ${END_OF_TEXT}`,
      got: "a vocabulary without them",
      fix: "Use the tokenizer.json of the same checkpoint, or of openai/clip-vit-base-patch32.",
    });
  }
  const special = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  return JSON.stringify({
    version: "1.0",
    added_tokens: [
      { id: start, content: START_OF_TEXT, ...special },
      { id: end, content: END_OF_TEXT, ...special },
    ],
    normalizer: {
      type: "Sequence",
      normalizers: [
        { type: "NFC" },
        { type: "Replace", pattern: { Regex: "\\s+" }, content: " " },
        { type: "Lowercase" },
      ],
    },
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [
        { type: "Split", pattern: { Regex: WORDS }, behavior: "Removed", invert: true },
        { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
      ],
    },
    post_processor: {
      type: "RobertaProcessing",
      sep: [END_OF_TEXT, end],
      cls: [START_OF_TEXT, start],
      trim_offsets: false,
      add_prefix_space: false,
    },
    decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: "BPE",
      unk_token: END_OF_TEXT,
      continuing_subword_prefix: "",
      end_of_word_suffix: "</w>",
      vocab,
      merges: parseMerges(merges),
    },
  });
}

/** One pair a line; the first line may be a comment with the version. */
function parseMerges(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line !== "" && !line.startsWith("#version"));
}
