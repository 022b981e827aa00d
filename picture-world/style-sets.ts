import type { Style } from "./icon-set.ts";

/** Styles that pre-training shows. */
export const PRETRAINING_STYLES = [
  "noto",
  "noto-v1",
  "fxemoji",
  "streamline-emojis",
] as const satisfies readonly Style[];

/** Styles that pre-training never shows: those of the benchmarks' shots, tests and domains. */
export const HELD_OUT_STYLES = [
  "emojione",
  "fluent-emoji-flat",
  "twemoji",
  "fluent-emoji-high-contrast",
  "emojione-monotone",
] as const satisfies readonly Style[];

/** Styles that two sets have in common. */
export function sharedStyles(one: readonly Style[], other: readonly Style[]): Style[] {
  return one.filter((style) => other.includes(style));
}
