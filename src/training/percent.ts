import type { Interval } from "./intervals.ts";

/** A share in [0, 1] as `93.4 %`; a dash where there is none. */
export function percent(share: number): string {
  return Number.isNaN(share) ? "-" : `${(100 * share).toFixed(1)} %`;
}

/** An interval of shares as `88.0 - 96.5 %`. */
export function percentRange({ lower, upper }: Interval): string {
  return `${(100 * lower).toFixed(1)} - ${percent(upper)}`;
}
