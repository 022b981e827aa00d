/** A share in [0, 1] as `93.4 %`; a dash where there is none. */
export function percent(share: number): string {
  return Number.isNaN(share) ? "-" : `${(100 * share).toFixed(1)} %`;
}
