import { fillTemplate, splitTemplate } from "../clip/fill-template.ts";
import { ConfigError } from "../errors.ts";

/** What prompts need of a tokenizer. */
export interface PromptTokenizer {
  /** Token ids of a prompt, start-of-text first and end-of-text last. */
  encodePrompt(text: string): number[];
  /** Token ids of words alone. */
  encodeWords(text: string): number[];
}

/** The prompts of all classes: one template, filled with each class name, as token ids. */
export interface PromptSet {
  /** Start-of-text and the words before the class name, which all prompts share. */
  readonly prefixIds: readonly number[];
  /** For each class its name, the rest of the template, and end-of-text. */
  readonly suffixIds: readonly (readonly number[])[];
  /** Tokens of each class name, at the start of its suffix. */
  readonly nameLengths: readonly number[];
}

/**
 * Fills a template with class names and splits the token sequences into what they share and what they do not.
 *
 * @param template text with one `{}`, such as `a photo of a {}.`
 * @throws {ConfigError} if the template has not exactly one `{}`, a name has no tokens, or a prompt is too long
 */
export function createPrompts(
  tokenizer: PromptTokenizer,
  classNames: readonly string[],
  template: string,
): PromptSet {
  const [before] = splitTemplate(template);
  const start = tokenizer.encodePrompt("")[0] as number;
  const prefixIds = [start, ...(before.trim() === "" ? [] : tokenizer.encodeWords(before.trim()))];
  const suffixIds: number[][] = [];
  const nameLengths: number[] = [];
  for (const name of classNames) {
    const nameLength = tokenizer.encodeWords(name).length;
    const ids = tokenizer.encodePrompt(fillTemplate(template, name));
    // A name may melt into the words before it ("a photo of a" + "'s"): then nothing says which tokens are the name.
    const shared = prefixIds.every((id, index) => ids[index] === id);
    if (nameLength === 0 || !shared || ids.length < prefixIds.length + nameLength + 1) {
      throw new ConfigError({
        where: `class name ${JSON.stringify(name)} in template "${template}"`,
        expected: "a name with tokens of its own",
        got: nameLength === 0 ? "a name without tokens" : "a name that merges with the template",
        fix: "Give the class a name in words, for example in classes.json.",
      });
    }
    suffixIds.push(ids.slice(prefixIds.length));
    nameLengths.push(nameLength);
  }
  return { prefixIds, suffixIds, nameLengths };
}
