import { sameShape } from "../tensor/shape.ts";
import type { Value } from "./node.ts";

/** The permutation that swaps the last two of `rank` axes. */
export function lastTwoSwapped(rank: number): number[] {
  return Array.from({ length: rank }, (_, axis) => (axis < rank - 2 ? axis : 2 * rank - 3 - axis));
}

/** The value whose last two axes a Transpose swapped to give this one; the engine can multiply by it as it lies. */
export function swappedSource(value: Value): Value | undefined {
  const node = value.producer;
  if (node?.op !== "Transpose") return undefined;
  const perm = node.attributes.perm as readonly number[];
  return sameShape(perm, lastTwoSwapped(perm.length)) ? node.inputs[0] : undefined;
}
