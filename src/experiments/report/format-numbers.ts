import type { AverageSummary, SeedSummary } from "./summarize.ts";

/** A cell that was asked for and has no result. */
export const MISSING = "-";

/** A share in [0, 1] as percent with two digits, as the papers have it. */
export function formatShare(share: number): string {
  return signless(100 * share);
}

/** A difference of shares in points, with its sign: `+1.20`, `−0.35`. */
export function formatPoints(difference: number): string {
  return formatSigned(100 * difference);
}

/** A number in points, with its sign. */
export function formatSigned(points: number): string {
  const text = Math.abs(points).toFixed(2);
  return text === "0.00" ? text : `${points < 0 ? "−" : "+"}${text}`;
}

/** A published number, in percent already. */
export function formatPublished(percent: number | undefined): string {
  return percent === undefined ? "" : signless(percent);
}

function signless(percent: number): string {
  return percent.toFixed(2).replace("-", "−");
}

/** How a summary is told. */
export interface SummaryFormat {
  /** Whether the value is a difference and has its sign. */
  readonly isDifference?: boolean;
  /** Whether it has no seeds, as zero-shot. */
  readonly isOnce?: boolean;
  /** n that the caption tells; cells with another tell theirs. */
  readonly usualSeeds?: number;
}

/**
 * A summary as a table has it: `81.13 ± 0.21`, `81.13 ± 0.30 (n=2 of 3)` where seeds are missing, `80.02 ± 0.10 (9 of 11 sets)`
 * where data sets are. `-` where nothing is done; empty where nothing was asked for.
 */
export function formatSummary(
  summary: SeedSummary | AverageSummary,
  { isDifference = false, isOnce = false, usualSeeds = summary.expected }: SummaryFormat = {},
): string {
  const { mean, deviation, count, expected } = summary;
  if (expected === 0) return "";
  if (Number.isNaN(mean)) return MISSING;
  const value = isDifference ? formatPoints(mean) : formatShare(mean);
  const spread = Number.isNaN(deviation) ? "" : ` ± ${formatShare(deviation)}`;
  const notes = [
    ...(isOnce || (count === expected && count === usualSeeds) ? [] : [seedNote(summary)]),
    ...("datasets" in summary && summary.datasets < summary.expectedDatasets
      ? [`${summary.datasets} of ${summary.expectedDatasets} sets`]
      : []),
  ];
  return `${value}${spread}${notes.length === 0 ? "" : ` (${notes.join(", ")})`}`;
}

function seedNote({ count, expected }: SeedSummary): string {
  if (count === 0) return "no seed in all sets";
  return count === expected ? `n=${count}` : `n=${count} of ${expected}`;
}
