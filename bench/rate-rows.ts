import { gflopsPerSecond } from "./flops.ts";
import type { Row } from "./row.ts";
import { median, medianRatio } from "./timing.ts";

/** Times of something and of bare matrix products, taken in turns, in milliseconds. */
export interface RateTimes {
  readonly measured: readonly number[];
  readonly chain: readonly number[];
}

/**
 * FLOP/s of something, those of bare products of the same shapes, and the share of the second that the first reaches.
 *
 * @param name start of the rows' names
 * @param flops of what was measured, and of the products
 */
export function rateRows(
  name: string,
  flops: { readonly measured: number; readonly chain: number },
  { measured, chain }: RateTimes,
): Row[] {
  return [
    { name: `${name}/rate`, value: gflopsPerSecond(flops.measured, median(measured)), unit: "GFLOP/s" },
    { name: `${name}/gemm-rate`, value: gflopsPerSecond(flops.chain, median(chain)), unit: "GFLOP/s" },
    {
      name: `${name}/share-of-gemm-rate`,
      value: (flops.measured / flops.chain) * medianRatio(chain, measured),
      unit: "ratio",
    },
  ];
}
