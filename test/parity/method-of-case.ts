import { DataError } from "../../src/errors.ts";
import { cocoop } from "../../src/methods/cocoop.ts";
import { coop, coopLamm } from "../../src/methods/coop.ts";
import { lamm } from "../../src/methods/lamm.ts";
import { maple, mapleLamm } from "../../src/methods/maple.ts";
import type { PromptMethodDefinition } from "../../src/methods/method.ts";
import type { GoldenTensors } from "./golden-tensors.ts";

/** Prefix of a parameter's name in golden files. */
export const GOLDEN_PREFIX = "prompt_learner.";

/** A method and what it is set to. */
export interface CaseMethod {
  readonly definition: PromptMethodDefinition;
  readonly options: Record<string, unknown>;
}

/** The methods that cases are named after; the first that fits. */
const patterns: readonly (readonly [RegExp, PromptMethodDefinition])[] = [
  [/^lamm-/, lamm],
  [/^coop-lamm/, coopLamm],
  [/^coop-/, coop],
  [/^cocoop/, cocoop],
  [/^maple-lamm/, mapleLamm],
  [/^maple/, maple],
];

/**
 * The method that a training case is about, and its options as the shapes of its parameters and its name tell them.
 *
 * @throws {DataError} if there is none
 */
export function methodOfCase(name: string, tensors: GoldenTensors): CaseMethod {
  const definition = patterns.find(([pattern]) => pattern.test(name))?.[1];
  if (definition === undefined) {
    throw new DataError({ where: name, expected: "a case named after a method", got: "another name" });
  }
  const shapeOf = (parameter: string) => {
    const key = `init.${GOLDEN_PREFIX}${parameter}`;
    return tensors.has(key) ? tensors.float32(key).shape : undefined;
  };
  const context = shapeOf("ctx");
  const tokens = shapeOf("token_classes");
  const deep = tensors.names.filter((key) => key.startsWith(`init.${GOLDEN_PREFIX}compound_prompts_text.`));
  return {
    definition,
    options: {
      ...(tokens && { tokens: tokens[1] }),
      ...(context && { context: context.at(-2) }),
      ...(context?.length === 3 && { classContext: true }),
      ...(name.includes("middle") && { classPosition: "middle" }),
      ...(deep.length > 0 && { depth: deep.length + 1 }),
    },
  };
}
