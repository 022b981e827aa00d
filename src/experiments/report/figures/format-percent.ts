/** A tick of an axis in percent, without the noise of floating point. */
export function formatPercent(percent: number): string {
  return `${Number(percent.toFixed(2))} %`;
}
