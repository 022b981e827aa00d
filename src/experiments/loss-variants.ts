import { ConfigError } from "../errors.ts";
import { findMethod } from "../methods/methods.ts";
import { isZeroShot } from "./cell.ts";
import type { GridCell, Variant } from "./plan-grid.ts";

/** Parts of the hierarchical loss beside the cross-entropy, as the paper abbreviates them, with the name of each one's weight. */
const PARTS = [
  ["WC", "parameters"],
  ["COS", "features"],
  ["KD", "logits"],
] as const;

/** Name of the loss with some of its parts, such as `CE+WC+KD`; of a part that is left out the weight is 0. */
function variantOf(isIn: readonly boolean[]): Variant {
  const name = ["CE", ...PARTS.flatMap(([part], index) => (isIn[index] ? [part] : []))].join("+");
  const left = PARTS.flatMap(([, weight], index) => (isIn[index] ? [] : [[weight, 0] as const]));
  return { name, config: left.length > 0 ? { loss: Object.fromEntries(left) } : {} };
}

/** The whole loss, and cross-entropy alone. */
export const WITH_AND_WITHOUT: readonly Variant[] = [
  variantOf([true, true, true]),
  variantOf([false, false, false]),
];

/** Every other subset of the parts: two of them, then one. */
export const PARTS_OF_THE_LOSS: readonly Variant[] = [
  variantOf([false, true, true]),
  variantOf([true, false, true]),
  variantOf([true, true, false]),
  variantOf([false, false, true]),
  variantOf([false, true, false]),
  variantOf([true, false, false]),
];

/**
 * Throws where a variant names a part of the loss that its method does not have: by its own weights, or by those that were set.
 *
 * @throws {ConfigError} naming method, variant and weight
 */
export function checkLossParts(cells: readonly GridCell[]): void {
  for (const { method, variant, shots, cell } of cells) {
    if (isZeroShot(cell.config)) continue;
    const found = findMethod(cell.config.method);
    if (found.kind !== "prompts") continue;
    const weights = { ...found.lossWeights(shots), ...(cell.config.loss as object) };
    const absent = PARTS.find(([part, weight]) => variant.split("+").includes(part) && weights[weight] === 0);
    if (absent === undefined) continue;
    throw new ConfigError({
      where: `loss of ${method} in ablation-loss`,
      expected: `a weight of "${absent[1]}" for ${variant}`,
      got: "0",
      fix: "Leave the weight to the method, or choose a method that has this part, such as lamm.",
    });
  }
}
