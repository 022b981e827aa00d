/**
 * Deals prompts into chunks of about equal numbers of tokens: longest first, in turn. One chunk keeps their order.
 *
 * @param lengths tokens of each prompt
 * @param maxRows tokens that a chunk should have at most; a chunk has at least one prompt, and may have a few tokens more
 * @returns for each chunk the indices of its prompts
 */
export function dealPrompts(lengths: readonly number[], maxRows: number): number[][] {
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const count = Math.min(lengths.length, Math.max(1, Math.ceil(total / maxRows)));
  const order = lengths.map((_, index) => index);
  if (count > 1) order.sort((a, b) => (lengths[b] ?? 0) - (lengths[a] ?? 0) || a - b);
  return Array.from({ length: count }, (_, chunk) => order.filter((_, place) => place % count === chunk));
}
