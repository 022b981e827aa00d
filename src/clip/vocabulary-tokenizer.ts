import { ModelFileError } from "../errors.ts";
import { type JsonSource, parseJsonObject } from "./checkpoint/parse-json.ts";
import { clipTokenizerJson, END_OF_TEXT, START_OF_TEXT } from "./clip-tokenizer-json.ts";

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
  if (typeof vocab[START_OF_TEXT] !== "number" || typeof vocab[END_OF_TEXT] !== "number") {
    throw new ModelFileError({
      where: vocabularyName,
      expected: `the special tokens ${START_OF_TEXT} and ${END_OF_TEXT}`,
      got: "a vocabulary without them",
      fix: "Use the tokenizer.json of the same checkpoint, or of openai/clip-vit-base-patch32.",
    });
  }
  return clipTokenizerJson({ vocabulary: vocab, merges: parseMerges(merges) });
}

/** One pair a line; the first line may be a comment with the version. */
function parseMerges(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line !== "" && !line.startsWith("#version"));
}
