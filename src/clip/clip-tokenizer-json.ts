/** Token before each prompt of a CLIP. */
export const START_OF_TEXT = "<|startoftext|>";
/** Token after each prompt of a CLIP, at whose position the text feature is read. */
export const END_OF_TEXT = "<|endoftext|>";
/** What the last symbol of a word ends with. */
export const END_OF_WORD = "</w>";
/** OpenAI's split into words: contractions, runs of letters, single digits, runs of anything else but spaces. */
export const WORDS = "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+";

/** What differs between the tokenizers of CLIPs. */
export interface ClipVocabulary {
  /** Id of each token, {@link START_OF_TEXT} and {@link END_OF_TEXT} among them. */
  readonly vocabulary: Readonly<Record<string, unknown>>;
  /** Pairs of tokens to be joined, with a space between, the most frequent first. */
  readonly merges: readonly string[];
}

/**
 * Writes a `tokenizer.json` of Hugging Face Tokenizers for byte-pair encoding as all CLIPs do it: lower case, OpenAI's split
 * into words, bytes as symbols, end-of-word marks, and the special tokens around each text.
 *
 * @returns JSON for `createTokenizer`
 */
export function clipTokenizerJson({ vocabulary, merges }: ClipVocabulary): string {
  const start = vocabulary[START_OF_TEXT];
  const end = vocabulary[END_OF_TEXT];
  const special = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  return JSON.stringify({
    version: "1.0",
    truncation: null,
    padding: null,
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
      dropout: null,
      unk_token: END_OF_TEXT,
      continuing_subword_prefix: "",
      end_of_word_suffix: END_OF_WORD,
      fuse_unk: false,
      byte_fallback: false,
      vocab: vocabulary,
      merges,
    },
  });
}
