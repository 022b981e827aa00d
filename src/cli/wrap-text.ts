/**
 * Breaks text into lines at spaces; a word that is longer than a line stays whole.
 *
 * @param options `indent` spaces begin every line but the first, which has them behind it on its line already
 * @example wrapText("a line of words", { columns: 12, indent: 2 }); // "a line of\n  words"
 */
export function wrapText(
  text: string,
  { columns, indent = 0 }: { readonly columns: number; readonly indent?: number },
): string {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && indent + last.length + 1 + word.length <= columns) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
  }
  return lines.join(`\n${" ".repeat(indent)}`);
}
